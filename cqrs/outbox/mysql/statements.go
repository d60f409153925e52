package mysql

import "github.com/digcqrs/digcqrs/internal/sqloutbox"

// These are parts of statements. The session's time zone has no effect on any of them.
const (
	now  = `UTC_TIMESTAMP(6)`
	uuid = `UNHEX(REPLACE(?, '-', ''))`
	// after is a number of microseconds from now.
	after = `TIMESTAMPADD(MICROSECOND, ?, ` + now + `)`
	// at is a number of microseconds since 1970.
	at = `TIMESTAMPADD(MICROSECOND, ?, '1970-01-01')`
	// due is that of a record, or now.
	due = `COALESCE(` + at + `, ` + now + `)`
)

// statements returns the SQL of this package. A statement with one row for each execution is one that
// MySQL and MariaDB cannot both do with several.
func statements(q func(text string) *sqloutbox.Statement) sqloutbox.Statements {
	s := sqloutbox.Statements{
		Tables: q("SELECT COUNT(*) FROM information_schema.tables " +
			"WHERE table_schema = DATABASE() AND CONCAT('`', table_name, '`') = 'outbox_meta'"),
		Meta: q(`SELECT version, oldest, identity FROM outbox_meta`),
	}
	journalStatements(&s, q)
	relayStatements(&s, q)
	operatorStatements(&s, q)
	return s
}

// journalStatements are those in the transaction of a request. Its snapshot may be old, but statements
// that write read what is committed.
func journalStatements(s *sqloutbox.Statements, q func(text string) *sqloutbox.Statement) {
	s.Lock = q(`SELECT slot FROM outbox_locks WHERE slot IN ([[?]]) ORDER BY slot FOR UPDATE`)
	s.InsertRecords = q("INSERT INTO outbox_events (id, name, payload, headers, `key`, recorded_at) " +
		"VALUES [[(" + uuid + ", ?, ?, ?, ?, " + now + ")]]")
	s.InsertDeliveries = q(`
		INSERT INTO outbox_deliveries (record_id, subscription, claimable, due)
		VALUES [[(` + uuid + `, ?, 1, ` + due + `)]]`)
	// INSERT ... SELECT would lock the table for its sequence numbers.
	s.Living = q(`
		[[(SELECT subscription, ordering_key FROM outbox_deliveries
			WHERE subscription = ? AND ordering_key = ? AND dead_at IS NULL LIMIT 1 LOCK IN SHARE MODE)| UNION ALL ]]`)
	s.InsertOrdered = q(`
		INSERT INTO outbox_deliveries (record_id, subscription, ordering_key, claimable, due)
		VALUES [[(` + uuid + `, ?, ?, ?, ` + due + `)]]`)
	s.Complete = q(`DELETE FROM outbox_deliveries WHERE token = ` + uuid + ` AND subscription = ? AND seq IN ([[?]])`)
	// The join reads and locks one row; UPDATE ... ORDER BY seq LIMIT 1 would sort and lock all of the key.
	s.Promote = q(`
		UPDATE (
			SELECT seq FROM outbox_deliveries
			WHERE subscription = ? AND ordering_key = ? AND dead_at IS NULL ORDER BY seq LIMIT 1) AS head
		JOIN outbox_deliveries d ON d.seq = head.seq
		SET d.claimable = 1`)
	s.CancelDeliveries = q(`
		DELETE FROM outbox_deliveries
		WHERE record_id = ` + uuid + ` AND subscription LIKE 'command:%' AND dead_at IS NULL`)
	s.CancelRecord = q(`DELETE FROM outbox_events WHERE id = ` + uuid)
}

// relayStatements are those that deliver. Their transactions are READ COMMITTED, so that they lock
// rows and nothing between them.
func relayStatements(s *sqloutbox.Statements, q func(text string) *sqloutbox.Statement) {
	s.Ready = q(`
		SELECT wanted.subscription
		FROM ([[SELECT CAST(? AS BINARY) AS subscription| UNION ALL ]]) AS wanted
		WHERE NOT EXISTS (SELECT 1 FROM outbox_paused p WHERE p.subscription = wanted.subscription)
			AND EXISTS (
				SELECT 1 FROM outbox_deliveries d
				WHERE d.subscription = wanted.subscription AND d.claimable = 1 AND d.due <= ` + now + `
					AND (d.leased_until IS NULL OR d.leased_until <= ` + now + `))`)
	s.Pick = q(`
		SELECT seq, HEX(record_id), ordering_key, attempts, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', due)
		FROM outbox_deliveries
		WHERE subscription = ? AND claimable = 1 AND due BETWEEN ` + at + ` AND ` + now + `
			AND (leased_until IS NULL OR leased_until <= ` + now + `)
			AND NOT EXISTS (SELECT 1 FROM outbox_paused p WHERE p.subscription = outbox_deliveries.subscription)
		ORDER BY due, seq LIMIT ? FOR UPDATE SKIP LOCKED`)
	s.Load = q("SELECT HEX(id), name, payload, headers, `key` FROM outbox_events WHERE id IN ([[" + uuid + "]])")
	s.Lease = q(`UPDATE outbox_deliveries SET leased_until = ` + after + `, token = ` + uuid + ` WHERE seq IN ([[?]])`)
	s.Held = q(`SELECT seq FROM outbox_deliveries WHERE token = ` + uuid + ` AND seq IN ([[?]]) ORDER BY seq FOR UPDATE`)
	s.Extend = q(`UPDATE outbox_deliveries SET leased_until = ` + after + ` WHERE token = ` + uuid + ` AND seq IN ([[?]])`)
	s.Release = q(`
		UPDATE outbox_deliveries SET leased_until = NULL, token = NULL WHERE token = ` + uuid + ` AND seq IN ([[?]])`)
	s.Fail = q(`
		UPDATE outbox_deliveries
		SET leased_until = NULL, token = NULL, attempts = attempts + 1, last_error = ?, due = ` + after + `
		WHERE seq = ? AND token = ` + uuid)
	s.Bury = q(`
		UPDATE outbox_deliveries
		SET leased_until = NULL, token = NULL, attempts = attempts + 1, last_error = ?, dead_at = ` + now + `, claimable = 0
		WHERE seq = ? AND token = ` + uuid)
	s.Headless = q(`
		SELECT subscription, ordering_key FROM outbox_deliveries
		WHERE ordering_key IS NOT NULL AND dead_at IS NULL
		GROUP BY subscription, ordering_key HAVING MAX(claimable) = 0`)
	s.HasHead = q(`
		SELECT COUNT(*) FROM outbox_deliveries
		WHERE subscription = ? AND ordering_key = ? AND dead_at IS NULL AND claimable = 1`)
}

// operatorStatements are those of statistics, dead letters and maintenance.
func operatorStatements(s *sqloutbox.Statements, q func(text string) *sqloutbox.Statement) {
	s.Stats = q(`
		SELECT subscription, CAST(SUM(pending) AS SIGNED), CAST(SUM(dead) AS SIGNED),
			TIMESTAMPDIFF(MICROSECOND, MIN(since), ` + now + `), MAX(paused)
		FROM (
			SELECT subscription, dead_at IS NULL AS pending, dead_at IS NOT NULL AS dead,
				IF(dead_at IS NULL, due, NULL) AS since, 0 AS paused
			FROM outbox_deliveries
			UNION ALL
			SELECT subscription, 0, 0, NULL, 1 FROM outbox_paused) AS s
		GROUP BY subscription ORDER BY subscription`)
	s.DeadLetters = q("SELECT HEX(d.record_id), d.subscription, COALESCE(e.name, ''), COALESCE(e.`key`, ''), " + `
			d.attempts, d.last_error,
			TIMESTAMPDIFF(MICROSECOND, '1970-01-01', COALESCE(e.recorded_at, '1970-01-01')),
			TIMESTAMPDIFF(MICROSECOND, '1970-01-01', d.dead_at), e.headers, IF(?, e.payload, NULL)
		FROM outbox_deliveries d LEFT JOIN outbox_events e ON e.id = d.record_id
		WHERE d.dead_at IS NOT NULL AND (? = '' OR d.record_id = ` + uuid + `)
			AND (CAST(? AS BINARY) = '' OR d.subscription = ?) AND (CAST(? AS BINARY) = '' OR e.name = ?)
		ORDER BY d.dead_at, d.seq LIMIT ?`)
	s.FindDead = q(`
		SELECT seq, ordering_key FROM outbox_deliveries
		WHERE record_id = ` + uuid + ` AND subscription = ? AND dead_at IS NOT NULL FOR UPDATE`)
	s.Revive = q(`
		UPDATE outbox_deliveries
		SET dead_at = NULL, attempts = 0, due = ` + now + `, claimable = ordering_key IS NULL
		WHERE seq = ? AND dead_at IS NOT NULL`)
	s.Discard = q(`DELETE FROM outbox_deliveries WHERE seq = ? AND dead_at IS NOT NULL`)
	s.Pause = q(`INSERT IGNORE INTO outbox_paused (subscription, paused_at) VALUES (?, ` + now + `)`)
	s.Resume = q(`DELETE FROM outbox_paused WHERE subscription = ?`)
	s.OldRecords = q(`
		SELECT HEX(e.id) FROM outbox_events e
		WHERE e.recorded_at <= TIMESTAMPADD(MICROSECOND, -CAST(? AS SIGNED), ` + now + `) AND e.id > ` + uuid + `
			AND NOT EXISTS (SELECT 1 FROM outbox_deliveries d WHERE d.record_id = e.id)
		ORDER BY e.id LIMIT ?`)
	s.DeleteRecords = q(`DELETE FROM outbox_events WHERE id IN ([[` + uuid + `]])`)
}
