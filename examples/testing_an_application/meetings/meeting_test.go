package meetings_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	"github.com/digcqrs/digcqrs/examples/testing_an_application/meetings"
)

// mailbox keeps mail.
type mailbox struct {
	mu   sync.Mutex
	mail []string
}

func (m *mailbox) Send(_ context.Context, to, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mail = append(m.mail, to+": "+text)
	return nil
}

// newApp returns the application with a database of its own, and a mailbox in place of the mailer.
func newApp(t testing.TB) (*container.Container, *sql.DB, *sqlite.Store, *mailbox) {
	db, store, err := meetings.OpenDatabase(context.Background(), filepath.Join(t.TempDir(), "meetings.db"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	c, err := meetings.NewContainer(db, store)
	require.NoError(t, err)
	box := new(mailbox)
	require.NoError(t, c.Replace(func() meetings.Mailer { return box }))
	return c, db, store, box
}

// A recorder shows what a command led to. Durable deliveries are made before Send returns.
func TestJoinMeeting(t *testing.T) {
	t.Parallel()
	c, db, store, box := newApp(t)
	mediator, rec := cqrstest.New(t, c, meetings.Commands, meetings.Events)
	rec.DeliverFrom(store)

	require.NoError(t, mediator.Send(t.Context(), meetings.JoinMeeting{Meeting: "standup", User: "ann"}))

	assert.Equal(t, "ann", cqrstest.RequireEvent[meetings.UserJoined](rec).User)
	assert.Equal(t, "standup", cqrstest.RequireSent[meetings.CountMembers](rec).Meeting)
	rec.RequireOrder("handler *meetings.RoomProjection", "journal", "finalizer meetings.BeginTx", "delivery *meetings.WelcomeMail")
	rec.RequireTree("testdata/join_meeting.txt")
	assert.Equal(t, []string{"ann: welcome to standup"}, box.mail)
	assert.Contains(t, dump(t, db), "statistics: [1]")
}

// What a request that failed has done is rolled back, so that its events did not happen.
func TestJoinMeeting_full(t *testing.T) {
	t.Parallel()
	c, _, _, box := newApp(t)
	mediator, rec := cqrstest.New(t, c, meetings.Commands, meetings.Events)
	for _, user := range []string{"ann", "bob"} {
		require.NoError(t, mediator.Send(t.Context(), meetings.JoinMeeting{Meeting: "standup", User: user}))
	}
	rec.Reset()
	require.ErrorIs(t, mediator.Send(t.Context(), meetings.JoinMeeting{Meeting: "standup", User: "carl"}), meetings.ErrFull)
	cqrstest.RequireNoEvent[meetings.UserJoined](rec)
	assert.Len(t, box.mail, 2)
}

// A preview leaves nothing behind.
func TestJoinMeeting_preview(t *testing.T) {
	t.Parallel()
	c, db, store, box := newApp(t)
	mediator, rec := cqrstest.New(t, c, meetings.Commands, meetings.Events)
	rec.DeliverFrom(store)
	before := dump(t, db)
	report, err := cqrs.Preview(t.Context(), mediator, meetings.JoinMeeting{Meeting: "standup", User: "ann"})
	require.NoError(t, err)
	assert.Contains(t, report.String(), `delivery *meetings.Statistics meetings.UserJoined durable to "statistics"`)
	assert.Equal(t, before, dump(t, db))
	assert.Empty(t, box.mail)
}

// Wherever the command fails, everything is rolled back or done, and no mail is sent for nothing.
func TestJoinMeeting_failures(t *testing.T) {
	t.Parallel()
	var db *sql.DB
	var box *mailbox
	cqrstest.ExploreFailures(t, func(tb testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
		var c *container.Container
		c, db, _, box = newApp(tb)
		mediator, err := bootstrap.New(c, meetings.Commands, meetings.Events, opts...)
		require.NoError(tb, err)
		return mediator
	}, func(ctx context.Context, m *cqrs.Mediator) error {
		return m.Send(ctx, meetings.JoinMeeting{Meeting: "standup", User: "ann"})
	}, cqrstest.Effects(func() any {
		effects := slices.Clone(box.mail)
		for _, text := range []string{
			"SELECT meeting, user FROM members", "SELECT meeting, taken FROM rooms",
			"SELECT subscription, count(*) FROM outbox_deliveries GROUP BY subscription",
		} {
			query(t, db, text, func(row []any) { effects = append(effects, fmt.Sprint(row)) })
		}
		return effects
	}))
}

// dump returns the contents of all tables.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	var tables []string
	query(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", func(row []any) {
		tables = append(tables, fmt.Sprint(row[0]))
	})
	var b strings.Builder
	for _, table := range tables {
		query(t, db, "SELECT * FROM "+table+" ORDER BY 1", func(row []any) { fmt.Fprintf(&b, "%s: %v\n", table, row) })
	}
	return b.String()
}

func query(t *testing.T, db *sql.DB, text string, each func(row []any)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		require.NoError(t, rows.Scan(to...))
		each(row)
	}
	require.NoError(t, rows.Err())
}
