package postgres

import "github.com/digcqrs/digcqrs/internal/sqloutbox"

// micro is a number of microseconds as an interval.
const micro = `?::bigint * interval '1 microsecond'`

// statements returns the SQL of this package.
func statements(q func(text string) *sqloutbox.Statement) sqloutbox.Statements {
	s := sqloutbox.Statements{
		LockMigrations: q(`SELECT pg_advisory_xact_lock(hashtextextended('outbox_meta', 0))`),
		Schemas:        q(`SELECT count(*) FROM pg_namespace WHERE nspname = ?`),
		Tables:         q(`SELECT count(to_regclass('outbox_meta'))`),
		Meta:           q(`SELECT version, oldest, identity FROM outbox_meta`),
	}
	journalStatements(&s, q)
	relayStatements(&s, q)
	operatorStatements(&s, q)
	return s
}

// journalStatements are those in the transaction of a request. A statement sees what was committed before
// it began, so that what follows Lock knows all deliveries of the keys.
func journalStatements(s *sqloutbox.Statements, q func(text string) *sqloutbox.Statement) {
	s.Lock = q(`SELECT pg_advisory_xact_lock(slot) FROM (VALUES [[(?::bigint)]]) AS keys (slot)`)
	s.InsertRecords = q(`INSERT INTO outbox_events (id, name, payload, headers, key) VALUES [[(?, ?, ?, ?, ?)]]`)
	s.InsertDeliveries = q(`
		INSERT INTO outbox_deliveries (record_id, subscription, claimable, due)
		VALUES [[(?, ?, true, coalesce('epoch'::timestamptz + ` + micro + `, now()))]]`)
	// A transaction with an old snapshot may not see the head of a key. The conflict is then a serialization
	// failure; otherwise there is none, or NULL makes it an error.
	s.InsertOrdered = q(`
		INSERT INTO outbox_deliveries (record_id, subscription, ordering_key, claimable, due)
		SELECT v.record_id, v.subscription, v.ordering_key,
			v.first AND NOT EXISTS (
				SELECT FROM outbox_deliveries d
				WHERE d.subscription = v.subscription AND d.ordering_key = v.ordering_key AND d.dead_at IS NULL),
			coalesce(v.due, now())
		FROM (VALUES [[(?::uuid, ?::text, ?::text, ?::boolean, 'epoch'::timestamptz + ` + micro + `)]])
			AS v (record_id, subscription, ordering_key, first, due)
		ON CONFLICT (subscription, ordering_key) WHERE claimable AND ordering_key IS NOT NULL
			DO UPDATE SET subscription = NULL`)
	s.Complete = q(`DELETE FROM outbox_deliveries WHERE token = ? AND subscription = ? AND seq IN ([[?]])`)
	s.Promote = q(`
		UPDATE outbox_deliveries SET claimable = true
		WHERE NOT claimable AND seq IN (
			SELECT (
				SELECT d.seq FROM outbox_deliveries d
				WHERE d.subscription = k.subscription AND d.ordering_key = k.ordering_key AND d.dead_at IS NULL
				ORDER BY d.seq LIMIT 1)
			FROM (VALUES [[(?::text, ?::text)]]) AS k (subscription, ordering_key))`)
	s.CancelDeliveries = q(`
		DELETE FROM outbox_deliveries WHERE record_id = ? AND subscription LIKE 'command:%' AND dead_at IS NULL`)
	s.CancelRecord = q(`DELETE FROM outbox_events WHERE id = ?`)
}

// relayStatements are those that deliver.
func relayStatements(s *sqloutbox.Statements, q func(text string) *sqloutbox.Statement) {
	s.ClaimAll = q(`
		WITH leased AS (
			UPDATE outbox_deliveries SET leased_until = now() + ` + micro + `, token = ?::uuid
			WHERE seq IN (
				SELECT picked.seq
				FROM (VALUES [[(?::text, ?::bigint, 'epoch'::timestamptz + ` + micro + `)]]) AS wanted (subscription, most, start)
				CROSS JOIN LATERAL (
					SELECT d.seq FROM outbox_deliveries d
					WHERE d.subscription = wanted.subscription AND d.claimable
						AND d.due >= wanted.start AND d.due <= now()
						AND (d.leased_until IS NULL OR d.leased_until <= now())
					ORDER BY d.due, d.seq LIMIT wanted.most
					FOR UPDATE SKIP LOCKED) AS picked
				WHERE NOT EXISTS (SELECT FROM outbox_paused p WHERE p.subscription = wanted.subscription))
			RETURNING seq, record_id, subscription, ordering_key, attempts, due)
		SELECT l.seq, l.record_id, l.subscription, l.ordering_key IS NOT NULL,
			CASE WHEN l.ordering_key IS NULL THEN '' ELSE coalesce(e.key, l.ordering_key) END,
			l.attempts, (extract(epoch FROM l.due) * 1000000)::bigint, coalesce(e.name, ''), e.payload, e.headers
		FROM leased l LEFT JOIN outbox_events e ON e.id = l.record_id
		ORDER BY l.subscription, l.due, l.seq`)
	s.Held = q(`SELECT seq FROM outbox_deliveries WHERE token = ? AND seq IN ([[?]]) ORDER BY seq FOR UPDATE`)
	s.Extend = q(`UPDATE outbox_deliveries SET leased_until = now() + ` + micro + ` WHERE token = ? AND seq IN ([[?]])`)
	s.Release = q(`UPDATE outbox_deliveries SET leased_until = NULL, token = NULL WHERE token = ? AND seq IN ([[?]])`)
	s.Fail = q(`
		UPDATE outbox_deliveries
		SET leased_until = NULL, token = NULL, attempts = attempts + 1, last_error = ?, due = now() + ` + micro + `
		WHERE seq = ? AND token = ?`)
	s.Bury = q(`
		UPDATE outbox_deliveries
		SET leased_until = NULL, token = NULL, attempts = attempts + 1, last_error = ?, dead_at = now(), claimable = false
		WHERE seq = ? AND token = ?`)
	s.Headless = q(`
		SELECT subscription, ordering_key FROM outbox_deliveries
		WHERE ordering_key IS NOT NULL AND dead_at IS NULL
		GROUP BY subscription, ordering_key HAVING NOT bool_or(claimable)`)
	s.HasHead = q(`
		SELECT count(*) FROM outbox_deliveries
		WHERE subscription = ? AND ordering_key = ? AND dead_at IS NULL AND claimable`)
}

// operatorStatements are those of statistics, dead letters and maintenance.
func operatorStatements(s *sqloutbox.Statements, q func(text string) *sqloutbox.Statement) {
	s.Stats = q(`
		SELECT subscription, sum(pending), sum(dead),
			(extract(epoch FROM now() - min(since)) * 1000000)::bigint, bool_or(paused)
		FROM (
			SELECT subscription, count(*) FILTER (WHERE dead_at IS NULL) AS pending,
				count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
				min(due) FILTER (WHERE dead_at IS NULL) AS since, false AS paused
			FROM outbox_deliveries GROUP BY subscription
			UNION ALL
			SELECT subscription, 0, 0, NULL, true FROM outbox_paused) AS s
		GROUP BY subscription ORDER BY subscription COLLATE "C"`)
	s.DeadLetters = q(`
		SELECT d.record_id, d.subscription, coalesce(e.name, ''), coalesce(e.key, ''), d.attempts, d.last_error,
			(extract(epoch FROM coalesce(e.recorded_at, 'epoch')) * 1000000)::bigint,
			(extract(epoch FROM d.dead_at) * 1000000)::bigint,
			e.headers, CASE WHEN ?::boolean THEN e.payload END
		FROM outbox_deliveries d LEFT JOIN outbox_events e ON e.id = d.record_id
		WHERE d.dead_at IS NOT NULL AND (?::text = '' OR d.record_id::text = ?::text)
			AND (?::text = '' OR d.subscription = ?::text) AND (?::text = '' OR e.name = ?::text)
		ORDER BY d.dead_at, d.seq LIMIT ?::bigint`)
	s.FindDead = q(`
		SELECT seq, ordering_key FROM outbox_deliveries
		WHERE record_id = ? AND subscription = ? AND dead_at IS NOT NULL FOR UPDATE`)
	s.Revive = q(`
		UPDATE outbox_deliveries
		SET dead_at = NULL, attempts = 0, due = now(), claimable = ordering_key IS NULL
		WHERE seq = ? AND dead_at IS NOT NULL`)
	s.Discard = q(`DELETE FROM outbox_deliveries WHERE seq = ? AND dead_at IS NOT NULL`)
	s.Pause = q(`INSERT INTO outbox_paused (subscription) VALUES (?) ON CONFLICT DO NOTHING`)
	s.Resume = q(`DELETE FROM outbox_paused WHERE subscription = ?`)
	s.OldRecords = q(`
		SELECT e.id FROM outbox_events e
		WHERE e.recorded_at <= now() - ` + micro + ` AND e.id > ?::uuid
			AND NOT EXISTS (SELECT FROM outbox_deliveries d WHERE d.record_id = e.id)
		ORDER BY e.id LIMIT ?::bigint`)
	s.DeleteRecords = q(`DELETE FROM outbox_events WHERE id IN ([[?]])`)
}
