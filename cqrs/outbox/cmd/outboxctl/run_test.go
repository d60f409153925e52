package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRun_Databases has each command do its work on each database.
func TestRun_Databases(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) *database{
		"SQLite": newSQLite, "PostgreSQL": newPostgres, "MariaDB": newMySQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			d.sample()
			assertGolden(t, "stats.txt", d.succeed("stats"))
			assertGolden(t, "stats_json.txt", d.succeed("stats", "-json"))
			assertGolden(t, "dead.txt", d.succeed("dead"))
			assertGolden(t, "dead_errors.txt", d.succeed("dead", "-errors"))
			assertGolden(t, "dead_json.txt", d.succeed("dead", "-json", "-errors"))
			assertGolden(t, "show.txt", d.succeed("show", id(1)+"/welcome-mail"))
			assertGolden(t, "show_payload.txt", d.succeed("show", id(1)+"/welcome-mail", "-payload", "-errors"))
			assertGolden(t, "show_json.txt", d.succeed("-json", "show", "-payload", id(1)+"/welcome-mail"))
			assertGolden(t, "pause.txt", d.succeed("pause", "welcome-mail"))
			assertGolden(t, "stats_paused.txt", d.succeed("stats"))
			assertGolden(t, "resume.txt", d.succeed("resume", "welcome-mail"))
			assertGolden(t, "requeue.txt", d.succeed("requeue", id(1)+"/welcome-mail"))
			assertGolden(t, "discard.txt", d.succeed("discard", "-all", "-subscription", "welcome-mail"))
			assert.Equal(t, "no dead letters\n", d.succeed("dead"))
			assertGolden(t, "purge.txt", d.succeed("purge", "-older-than", "0s"))
			assert.Equal(t, "the tables are up to date\n", d.succeed("check"))
			assert.Equal(t, "{\n  \"done\": \"migrate\"\n}\n", d.succeed("migrate", "-json"))
		})
	}
}

// TestRun_Session writes what docs/howto/outbox-operate.md shows.
func TestRun_Session(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	d.sample()
	var text strings.Builder
	for _, command := range []string{
		"stats",
		"dead",
		"show " + id(1) + "/welcome-mail -errors -payload",
		"pause welcome-mail",
		"requeue " + id(1) + "/welcome-mail",
		"requeue -all -subscription welcome-mail",
		"resume welcome-mail",
		"purge -older-than 720h",
	} {
		text.WriteString("$ outboxctl " + command + "\n" + d.succeed(strings.Fields(command)...) + "\n")
	}
	assertGolden(t, "session.txt", text.String())
}

func TestRun_Privacy(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	d.sample()
	for _, args := range [][]string{{"stats"}, {"dead"}, {"show", id(1) + "/welcome-mail"}} {
		for _, json := range []string{"-json=false", "-json"} {
			text := d.succeed(append(args, json)...)
			for _, content := range []string{"ann", "m1", "traceparent"} {
				assert.NotContains(t, text, content)
			}
		}
	}
}

func TestRun_Dead(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	assert.Equal(t, "[]\n", d.succeed("dead", "-json"))
	assert.Equal(t, "[]\n", d.succeed("stats", "-json"))
	assert.Equal(t, "no subscription has deliveries, and none is paused\n", d.succeed("stats"))
	d.sample()
	r := d.run("dead", "-limit", "1")
	assert.Equal(t, 2, strings.Count(r.stdout, "\n"))
	assert.Equal(t, "outboxctl: there are more; use -limit 0 for all\n", r.stderr)
	for _, args := range [][]string{{"-limit", "0"}, {"-limit", "2"}, {"-event", "meeting.user_joined"},
		{"-subscription", "welcome-mail"}} {
		assert.Equal(t, 3, strings.Count(d.succeed(append([]string{"dead"}, args...)...), "\n"), args)
	}
	assert.Equal(t, "no dead letters\n", d.succeed("dead", "-subscription", "room-projection"))
	assert.Equal(t, "no dead letters\n", d.succeed("dead", "-event", "other"))
}

func TestRun_RequeueAll(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	d.sample()
	var got done
	text := d.succeed("requeue", "-json", "-subscription", "welcome-mail", "-all")
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	assert.Equal(t, done{"requeue", "welcome-mail", new(2)}, got)
	assert.Equal(t, "no dead letters\n", d.succeed("dead"))
	assert.Equal(t, "requeued 0\n", d.succeed("requeue", "-subscription", "welcome-mail", "-all"))
}

// TestRun_Errors has a golden file for each error.
func TestRun_Errors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	d := newSQLite(t)
	d.sample()
	before := d.succeed("dead")
	file := filepath.Join(folder, "text.db")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("this is no database\n", 100)), 0o600))
	known := id(1) + "/welcome-mail"
	var names []string
	for _, test := range []struct {
		name   string
		status int
		args   []string
	}{
		{"no_command", misused, nil},
		{"unknown_command", misused, []string{"status"}},
		{"other_command", misused, []string{"frobnicate"}},
		{"unknown_flag", misused, []string{"stats", "-verbose"}},
		{"no_argument", misused, []string{"pause"}},
		{"argument_too_many", misused, []string{"stats", "mail"}},
		{"no_ids", misused, append([]string{"requeue"}, d.flags...)},
		{"ids_and_all", misused, append([]string{"requeue", "-all", known}, d.flags...)},
		{"all_of_what", misused, append([]string{"discard", "-all"}, d.flags...)},
		{"subscription_without_all", misused, append([]string{"discard", "-subscription", "mail"}, d.flags...)},
		{"no_age", misused, append([]string{"purge"}, d.flags...)},
		{"negative_limit", misused, append([]string{"dead", "-limit", "-1"}, d.flags...)},
		{"no_url", misused, []string{"stats"}},
		{"no_scheme", misused, []string{"stats", "-db", "app.db"}},
		{"unknown_scheme", misused, []string{"stats", "-db", "oracle://scott:tiger@localhost/app"}},
		{"sqlite_without_path", misused, []string{"stats", "-db", "sqlite:"}},
		{"postgres_url", misused, []string{"stats", "-db", "postgres://app:tiger@localhost:port/app"}},
		{"mysql_url", misused, []string{"stats", "-db", "mysql://app:tiger@localhost"}},
		{"mysql_parameter", misused, []string{"stats", "-db", "mysql://app:tiger@localhost/app?timeout=soon"}},
		{"schema", misused, append([]string{"stats", "-schema", "app"}, d.flags...)},
		{"no_file", failed, []string{"stats", "-db", "sqlite:" + filepath.Join(folder, "none.db")}},
		{"no_database", failed, []string{"stats", "-db", "sqlite:" + file}},
		{"no_tables", failed, append([]string{"stats", "-prefix", "other_"}, d.flags...)},
		{"no_tables_check", failed, append([]string{"check", "-prefix", "other_"}, d.flags...)},
		{"prefix", failed, append([]string{"stats", "-prefix", "a; DROP"}, d.flags...)},
		{"unknown_id", failed, append([]string{"requeue", known, "0197/none"}, d.flags...)},
		{"unknown_id_show", failed, append([]string{"show", "0197/none"}, d.flags...)},
		{"not_paused", failed, append([]string{"resume", "mail"}, d.flags...)},
	} {
		names = append(names, test.name)
		r := outboxctl(t, test.args...)
		assert.Equal(t, test.status, r.status, test.name)
		assert.Empty(t, r.stdout, test.name)
		assert.NotContains(t, r.stderr, "tiger", "a password")
		assertGolden(t, filepath.Join("errors", test.name+".txt"), strings.ReplaceAll(r.stderr, folder+"/", ""))
	}
	assert.Equal(t, before, d.succeed("dead"), "nothing was changed")
	assert.NoFileExists(t, filepath.Join(folder, "none.db"))
	testkit.AssertErrorFiles(t, names)
}

func TestRun_Pause(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	r := d.run("pause", "welcom-mail")
	assert.Equal(t, result{succeeded, "paused welcom-mail\n",
		"outboxctl: \"welcom-mail\" has no deliveries at the moment; check that the name is right\n"}, r)
}

func TestRun_Unreachable(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://app:tiger@127.0.0.1:1/app", "mysql://app:tiger@127.0.0.1:1/app"} {
		r := outboxctl(t, "-db", url, "stats")
		assert.Equal(t, failed, r.status)
		assert.Contains(t, r.stderr, "check the URL, and that the server runs")
		assert.NotContains(t, r.stderr, "tiger")
	}
}

func TestRun_Usage(t *testing.T) {
	t.Parallel()
	r := outboxctl(t, "-h")
	assert.Equal(t, result{succeeded, r.stdout, ""}, r)
	assertGolden(t, "usage.txt", r.stdout)
	for _, c := range commands() {
		r := outboxctl(t, c.name, "--help")
		assert.Equal(t, result{succeeded, c.usage(), ""}, r)
	}
	assertGolden(t, "usage_requeue.txt", outboxctl(t, "requeue", "-h").stdout)
}

func TestRun_DSN(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	file := strings.ReplaceAll(strings.TrimPrefix(d.flags[1], "sqlite:"), " ", "%20")
	for _, dsn := range []string{"file:" + file, "file:" + file + "?_txlock=exclusive&_pragma=busy_timeout(1)"} {
		r := outboxctl(t, "-db", dsn, "check")
		assert.Equal(t, result{succeeded, "the tables are up to date\n", ""}, r)
	}
	r := outboxctl(t, "-db", "file:"+file+"?_txlock=deferred", "check")
	assert.Equal(t, failed, r.status)
	assert.Contains(t, r.stderr, "_txlock=immediate")
}

func TestRun_URLFromTheEnvironment(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	var out strings.Builder
	status := run(t.Context(), []string{"check"}, func(name string) string {
		require.Equal(t, "OUTBOX_DB", name)
		return d.flags[1]
	}, &out, &out)
	assert.Equal(t, succeeded, status, out.String())
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "ünïcode 1", printable("ünïcode 1"))
	assert.Equal(t, `"\x1b[2J\ttab"`, printable("\x1b[2J\ttab"))
}
