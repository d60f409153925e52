package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// database is a database with an empty outbox.
type database struct {
	t     *testing.T
	flags []string // those that name it
	store outbox.Store
	tx    func(do func(cqrs.Journal) error) error
}

// result is what a command has printed.
type result struct {
	status         int
	stdout, stderr string
}

var (
	timeText    = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	ageText     = regexp.MustCompile(`1h0m\d+s`)
	secondsText = regexp.MustCompile(`"oldest_seconds": 36\d\d(\.\d+)?`)
)

// outboxctl runs a command with arguments and hides what differs from run to run.
func outboxctl(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, func(string) string { return "" }, &stdout, &stderr)
	text := timeText.ReplaceAllString(stdout.String(), "2026-03-01T09:30:00Z")
	text = ageText.ReplaceAllString(text, "1h0m0s")
	return result{status, secondsText.ReplaceAllString(text, `"oldest_seconds": 3600.5`), stderr.String()}
}

func (d *database) run(args ...string) result {
	d.t.Helper()
	return outboxctl(d.t, append(args, d.flags...)...)
}

// succeed runs a command that must succeed and print nothing on the standard error.
func (d *database) succeed(args ...string) string {
	d.t.Helper()
	r := d.run(args...)
	require.Equal(d.t, result{succeeded, r.stdout, ""}, r)
	return r.stdout
}

func assertGolden(t *testing.T, name, text string) {
	t.Helper()
	testkit.AssertGolden(t, filepath.Join("testdata", name), text)
}

// id returns the ID of the n-th record.
func id(n int) string { return fmt.Sprintf("0197c0de-0000-7000-8000-%012d", n) }

// record stores an event for a subscription, an hour ago.
func (d *database) record(n int, subscription string) {
	d.t.Helper()
	require.NoError(d.t, d.tx(func(j cqrs.Journal) error {
		return j.Write(d.t.Context(), []cqrs.Record{{
			ID: id(n), Name: "meeting.user_joined", Payload: []byte(`{"User":"ann"}`), Key: "m1",
			Headers: map[string]string{"traceparent": "00-01-02-01"}, Due: time.Now().Add(-time.Hour),
			To: []cqrs.Destination{{Subscription: subscription}},
		}}, nil)
	}))
}

// bury makes dead letters of all deliveries of a subscription.
func (d *database) bury(subscription string) {
	d.t.Helper()
	ctx := d.t.Context()
	all, err := d.store.Claim(ctx, []outbox.Want{{Subscription: subscription, Limit: 1000}}, time.Minute)
	require.NoError(d.t, err)
	for _, one := range all {
		failure := outbox.Failure{Error: "no known address\nfor ann", Dead: true}
		require.NoError(d.t, d.store.Fail(ctx, one.Claim, failure))
	}
}

// sample stores what the documents show.
func (d *database) sample() {
	d.record(1, "welcome-mail")
	d.record(2, "welcome-mail")
	d.bury("welcome-mail")
	d.record(3, "welcome-mail")
	d.record(4, "room-projection")
}

func sqlTx(ctx context.Context, db *sql.DB, journal func(*sql.Tx) cqrs.Journal) func(func(cqrs.Journal) error) error {
	return func(do func(cqrs.Journal) error) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if err := do(journal(tx)); err != nil {
			return err
		}
		return tx.Commit()
	}
}

// newSQLite returns a database in a directory of its own, after migrate.
func newSQLite(t *testing.T) *database {
	t.Helper()
	file := filepath.Join(t.TempDir(), "an app.db")
	d := &database{t: t, flags: []string{"-db", "sqlite:" + file}}
	require.Equal(t, "the tables are up to date\n", d.succeed("migrate"))
	dsn := "file:" + file + "?_txlock=immediate&_pragma=busy_timeout(10000)"
	db, err := sql.Open("sqlite", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	store, err := sqlite.NewStore(db)
	require.NoError(t, err)
	d.store = store
	d.tx = sqlTx(t.Context(), db, func(tx *sql.Tx) cqrs.Journal { return sqlite.NewJournal(store, tx) })
	return d
}

// or returns an environment variable, or a default.
func or(variable, value string) string {
	if v := os.Getenv(variable); v != "" {
		return v
	}
	return value
}

// available skips a test if a server is not there, unless CI is set.
func available(t *testing.T, server, variable string, err error) {
	t.Helper()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("%s is not running; set %s: %v", server, variable, err)
	}
	require.NoError(t, err, "CI is set, so %s must run", server)
}

func newPostgres(t *testing.T) *database {
	t.Helper()
	url := or("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/test")
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	available(t, "PostgreSQL", "DATABASE_URL", pool.Ping(t.Context()))
	schema := fmt.Sprintf("outboxctl_%016x", rand.Uint64())
	t.Cleanup(func() {
		_, err := pool.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		require.NoError(t, err)
	})
	d := &database{t: t, flags: []string{"-db", url, "-schema", schema, "-prefix", "o_"}}
	d.succeed("migrate")
	store, err := postgres.NewStore(pool, postgres.WithSchema(schema), postgres.WithPrefix("o_"))
	require.NoError(t, err)
	d.store = store
	d.tx = func(do func(cqrs.Journal) error) error {
		tx, err := pool.Begin(t.Context())
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
		if err := do(postgres.NewJournal(store, tx)); err != nil {
			return err
		}
		return tx.Commit(t.Context())
	}
	return d
}

func newMySQL(t *testing.T) *database {
	t.Helper()
	dsn := or("MYSQL_DSN", "root@tcp(127.0.0.1:3306)/test")
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	available(t, "MariaDB or MySQL", "MYSQL_DSN", db.PingContext(t.Context()))
	prefix := fmt.Sprintf("ctl%016x_", rand.Uint64())
	t.Cleanup(func() {
		for _, table := range []string{"events", "deliveries", "meta", "locks", "paused"} {
			_, err := db.Exec("DROP TABLE IF EXISTS " + prefix + table)
			require.NoError(t, err)
		}
	})
	url := "mysql://" + strings.NewReplacer("tcp(", "", ")", "").Replace(dsn)
	d := &database{t: t, flags: []string{"-db", url, "-prefix", prefix}}
	d.succeed("migrate")
	store, err := mysql.NewStore(db, mysql.WithPrefix(prefix))
	require.NoError(t, err)
	d.store = store
	d.tx = sqlTx(t.Context(), db, func(tx *sql.Tx) cqrs.Journal { return mysql.NewJournal(store, tx) })
	return d
}
