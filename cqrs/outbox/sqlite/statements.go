package sqlite

import "github.com/digcqrs/digcqrs/internal/sqloutbox"

// now is the time of the statement, in microseconds since 1970.
const now = `CAST(round(unixepoch('subsec') * 1000000) AS INTEGER)`

// statements returns the SQL of this package. A transaction that writes is the only one that
// does, so that no rows and no keys have to be locked.
func statements(q func(text string) *sqloutbox.Statement) sqloutbox.Statements {
	return sqloutbox.Statements{
		Tables: q(`
			SELECT count(*) FROM sqlite_master
			WHERE type = 'table' AND lower('"' || name || '"') = lower('outbox_meta')`),
		Meta: q(`SELECT version, oldest, identity FROM outbox_meta`),

		InsertRecords: q(`INSERT INTO outbox_events (id, name, payload, headers, key) VALUES [[(?, ?, ?, ?, ?)]]`),
		InsertDeliveries: q(`
			INSERT INTO outbox_deliveries (record_id, subscription, claimable, due)
			SELECT column1, column2, 1, coalesce(column3, ` + now + `) FROM (VALUES [[(?, ?, ?)]])`),
		InsertOrdered: q(`
			INSERT INTO outbox_deliveries (record_id, subscription, ordering_key, claimable, due)
			SELECT column1, column2, column3,
				column4 AND NOT EXISTS (
					SELECT 1 FROM outbox_deliveries d
					WHERE d.subscription = column2 AND d.ordering_key = column3 AND d.dead_at IS NULL),
				coalesce(column5, ` + now + `)
			FROM (VALUES [[(?, ?, ?, ?, ?)]])`),
		Complete: q(`DELETE FROM outbox_deliveries WHERE token = ? AND subscription = ? AND seq IN ([[?]])`),
		Promote: q(`
			UPDATE outbox_deliveries SET claimable = 1
			WHERE claimable = 0 AND seq IN (
				SELECT (SELECT d.seq FROM outbox_deliveries d
					WHERE d.subscription = column1 AND d.ordering_key = column2 AND d.dead_at IS NULL
					ORDER BY d.seq LIMIT 1)
				FROM (VALUES [[(?, ?)]]))`),
		CancelDeliveries: q(`
			DELETE FROM outbox_deliveries WHERE record_id = ? AND subscription LIKE 'command:%' AND dead_at IS NULL`),
		CancelRecord: q(`DELETE FROM outbox_events WHERE id = ?`),

		Ready: q(`
			SELECT column1 FROM (VALUES [[(?)]])
			WHERE NOT EXISTS (SELECT 1 FROM outbox_paused p WHERE p.subscription = column1)
				AND EXISTS (
					SELECT 1 FROM outbox_deliveries d
					WHERE d.subscription = column1 AND d.claimable = 1 AND d.due <= ` + now + `
						AND (d.leased_until IS NULL OR d.leased_until <= ` + now + `))`),
		Pick: q(`
			SELECT seq, record_id, ordering_key, attempts, due FROM outbox_deliveries
			WHERE subscription = ? AND claimable = 1 AND due BETWEEN ? AND ` + now + `
				AND (leased_until IS NULL OR leased_until <= ` + now + `)
				AND NOT EXISTS (SELECT 1 FROM outbox_paused p WHERE p.subscription = outbox_deliveries.subscription)
			ORDER BY due, seq LIMIT ?`),
		Load:    q(`SELECT id, name, payload, headers, key FROM outbox_events WHERE id IN ([[?]])`),
		Lease:   q(`UPDATE outbox_deliveries SET leased_until = ` + now + ` + ?, token = ? WHERE seq IN ([[?]])`),
		Held:    q(`SELECT seq FROM outbox_deliveries WHERE token = ? AND seq IN ([[?]])`),
		Extend:  q(`UPDATE outbox_deliveries SET leased_until = ` + now + ` + ? WHERE token = ? AND seq IN ([[?]])`),
		Release: q(`UPDATE outbox_deliveries SET leased_until = NULL, token = NULL WHERE token = ? AND seq IN ([[?]])`),
		Fail: q(`
			UPDATE outbox_deliveries
			SET leased_until = NULL, token = NULL, attempts = attempts + 1, last_error = ?, due = ` + now + ` + ?
			WHERE seq = ? AND token = ?`),
		Bury: q(`
			UPDATE outbox_deliveries
			SET leased_until = NULL, token = NULL, attempts = attempts + 1, last_error = ?,
				dead_at = ` + now + `, claimable = 0
			WHERE seq = ? AND token = ?`),

		Headless: q(`
			SELECT subscription, ordering_key FROM outbox_deliveries
			WHERE ordering_key IS NOT NULL AND dead_at IS NULL
			GROUP BY subscription, ordering_key HAVING max(claimable) = 0`),
		HasHead: q(`
			SELECT count(*) FROM outbox_deliveries
			WHERE subscription = ? AND ordering_key = ? AND dead_at IS NULL AND claimable = 1`),
		Stats: q(`
			SELECT subscription, sum(pending), sum(dead), ` + now + ` - min(since), max(paused)
			FROM (
				SELECT subscription, dead_at IS NULL AS pending, dead_at IS NOT NULL AS dead,
					iif(dead_at IS NULL, due, NULL) AS since, 0 AS paused
				FROM outbox_deliveries
				UNION ALL
				SELECT subscription, 0, 0, NULL, 1 FROM outbox_paused)
			GROUP BY subscription ORDER BY subscription`),
		DeadLetters: q(`
			SELECT d.record_id, d.subscription, coalesce(e.name, ''), coalesce(e.key, ''), d.attempts, d.last_error,
				coalesce(e.recorded_at, 0), d.dead_at, e.headers, iif(?, e.payload, NULL)
			FROM outbox_deliveries d LEFT JOIN outbox_events e ON e.id = d.record_id
			WHERE d.dead_at IS NOT NULL AND (? = '' OR d.record_id = ?)
				AND (? = '' OR d.subscription = ?) AND (? = '' OR e.name = ?)
			ORDER BY d.dead_at, d.seq LIMIT ?`),
		FindDead: q(`
			SELECT seq, ordering_key FROM outbox_deliveries
			WHERE record_id = ? AND subscription = ? AND dead_at IS NOT NULL`),
		Revive: q(`
			UPDATE outbox_deliveries
			SET dead_at = NULL, attempts = 0, due = ` + now + `, claimable = ordering_key IS NULL
			WHERE seq = ? AND dead_at IS NOT NULL`),
		Discard: q(`DELETE FROM outbox_deliveries WHERE seq = ? AND dead_at IS NOT NULL`),
		Pause:   q(`INSERT INTO outbox_paused (subscription) VALUES (?) ON CONFLICT DO NOTHING`),
		Resume:  q(`DELETE FROM outbox_paused WHERE subscription = ?`),
		OldRecords: q(`
			SELECT id FROM outbox_events
			WHERE recorded_at <= ` + now + ` - ? AND id > ? AND id NOT IN (SELECT record_id FROM outbox_deliveries)
			ORDER BY id LIMIT ?`),
		DeleteRecords: q(`DELETE FROM outbox_events WHERE id IN ([[?]])`),
	}
}
