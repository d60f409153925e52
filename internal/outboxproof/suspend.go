package outboxproof

import (
	"bufio"
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// What a suspended process says.
const (
	working   = "working"
	cancelled = "cancelled"
)

// Suspend suspends a process while its handler works, for longer than its lease. Another one
// takes over, and when the first goes on, its transaction must be rolled back, whether its
// handler heeds its context or not.
//
// SQLite cannot pass this: the transaction that is suspended has the only write lock.
func Suspend(t *testing.T, open func(tb testing.TB) (db Database, source string)) {
	for _, how := range []string{"and the handler goes on at once", "until the context is cancelled"} {
		t.Run(how, func(t *testing.T) {
			db, source := open(t)
			m, err := NewMediator(db, Shape{Subscriptions: []string{Unordered}})
			require.NoError(t, err)
			require.NoError(t, m.Publish(t.Context(), Moved{Key: "a", N: 1}))
			role := "suspended"
			if how != "until the context is cancelled" {
				role = "stubborn"
			}
			suspend(t, db, m, role, source)
		})
	}
}

func suspend(t *testing.T, db Database, m *cqrs.Mediator, role, source string) {
	c := command(role, source, 0)
	c.Stdout = nil
	output, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill() })
	lines := bufio.NewScanner(output)
	require.True(t, lines.Scan())
	require.Equal(t, working, lines.Text())
	require.NoError(t, c.Process.Signal(syscall.SIGSTOP))

	relay, err := outbox.NewRelay(db.Store, m, outbox.Lease(time.Second))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(ctx) }()
	awaitEffects(t, db, 1)

	require.NoError(t, c.Process.Signal(syscall.SIGCONT))
	if role == "suspended" {
		require.True(t, lines.Scan())
		assert.Equal(t, cancelled, lines.Text())
	}
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	require.NoError(t, c.Wait())
	stop()
	require.NoError(t, <-ended)
	var effects int
	require.NoError(t, db.Query(t.Context(), "SELECT count(*) FROM "+db.Table,
		func(scan func(...any) error) error { return scan(&effects) }))
	assert.Equal(t, 1, effects)
	stats, err := db.Store.Stats(t.Context())
	require.NoError(t, err)
	assert.Empty(t, stats)
}

// linger waits until its context is cancelled.
func linger(ctx context.Context, _ Moved) error {
	fmt.Println(working)
	<-ctx.Done()
	if context.Cause(ctx) == cqrs.ErrLeaseLost {
		fmt.Println(cancelled)
	}
	return nil
}

// persevere waits until its process was suspended, and does not heed its context.
func persevere(context.Context, Moved) error {
	last := time.Now() // before the test can suspend the process
	fmt.Println(working)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		now := <-ticker.C
		if now.Sub(last) > time.Second/2 {
			return nil
		}
		last = now
	}
}
