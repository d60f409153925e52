package outboxproof

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// The variables by which a test starts its own program again as another process.
const (
	roleVariable   = "OUTBOXPROOF_ROLE"
	sourceVariable = "OUTBOXPROOF_SOURCE"
	eventsVariable = "OUTBOXPROOF_EVENTS"
)

// Keys is how many keys the events of the kill test have.
const Keys = 50

// Main runs the tests of a store, or the role of a process that one of them has started. open opens
// the database that a source names.
func Main(m *testing.M, open func(source string) (Database, error)) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := play(role, open); err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func play(role string, open func(source string) (Database, error)) error {
	db, err := open(os.Getenv(sourceVariable))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	shape := Shape{Subscriptions: []string{Ordered, Unordered}}
	lease := 2 * time.Second
	switch role {
	case "suspended":
		shape, lease = Shape{Subscriptions: []string{Unordered}, Handle: linger}, time.Second
	case "stubborn":
		shape, lease = Shape{Subscriptions: []string{Unordered}, Handle: persevere}, time.Second
	}
	m, err := NewMediator(db, shape)
	if err != nil {
		return err
	}
	if role == "producer" {
		events, err := strconv.Atoi(os.Getenv(eventsVariable))
		if err != nil {
			return err
		}
		return Produce(ctx, m, events, Keys)
	}
	relay, err := outbox.NewRelay(db.Store, m, outbox.Lease(lease), outbox.Workers(4),
		outbox.Retry(outbox.RetryPolicy{Attempts: 1000, Initial: 50 * time.Millisecond, Max: time.Second}))
	if err != nil {
		return err
	}
	return relay.Run(ctx)
}

// Kill has a process produce events while two others deliver them, one of which is killed and
// started again, over and over. Then each effect must be there once, and in order where asked.
//
// The test is small, unless OUTBOX_KILLS=20 asks for as many kills while 20,000 events flow.
func Kill(t *testing.T, db Database, source string) {
	t.Helper()
	kills, events := 3, 600
	if full, err := strconv.Atoi(os.Getenv("OUTBOX_KILLS")); err == nil {
		kills, events = full, 1000*full
	}
	producer := start(t, "producer", source, events)
	relays := []*exec.Cmd{start(t, "relay", source, 0), start(t, "relay", source, 0)}
	for i := range kills {
		awaitEffects(t, db, events*2*(i+1)/(kills+2))
		victim := rand.IntN(len(relays))
		require.NoError(t, relays[victim].Process.Kill())
		_ = relays[victim].Wait() // it says that the process was killed
		relays[victim] = start(t, "relay", source, 0)
	}
	require.NoError(t, producer.Wait())
	awaitEffects(t, db, events*2)
	for _, r := range relays {
		require.NoError(t, r.Process.Signal(syscall.SIGTERM))
		require.NoError(t, r.Wait())
	}
	assertEffects(t, db, events)
	stats, err := db.Store.Stats(t.Context())
	require.NoError(t, err)
	for _, s := range stats {
		assert.Zero(t, s.Pending+s.Dead, "%+v", s)
	}
}

func start(t *testing.T, role, source string, events int) *exec.Cmd {
	t.Helper()
	c := command(role, source, events)
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c
}

func command(role, source string, events int) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), roleVariable+"="+role, sourceVariable+"="+source,
		eventsVariable+"="+strconv.Itoa(events))
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c
}

// awaitEffects waits until the relays have had at least n effects.
func awaitEffects(t *testing.T, db Database, n int) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	for have := 0; have < n; {
		require.True(t, time.Now().Before(deadline), "only %d of %d effects", have, n)
		<-time.After(20 * time.Millisecond)
		err := db.Query(t.Context(), "SELECT count(*) FROM "+db.Table+" WHERE handler <> 'move'",
			func(scan func(...any) error) error { return scan(&have) })
		require.NoError(t, err)
	}
}

func assertEffects(t *testing.T, db Database, events int) {
	t.Helper()
	seen := make(map[string]map[int]int)
	last := make(map[string]int)
	err := db.Query(t.Context(), "SELECT handler, ordering_key, n FROM "+db.Table+" ORDER BY id",
		func(scan func(...any) error) error {
			var handler, key string
			var n int
			if err := scan(&handler, &key, &n); err != nil {
				return err
			}
			if seen[handler] == nil {
				seen[handler] = make(map[int]int)
			}
			seen[handler][n]++
			if handler == Ordered {
				assert.Less(t, last[key], n, "order of %s", key)
				last[key] = n
			}
			return nil
		})
	require.NoError(t, err)
	for _, handler := range []string{"move", Ordered, Unordered} {
		assert.Len(t, seen[handler], events, handler)
		for n, times := range seen[handler] {
			assert.Equal(t, 1, times, "%s of event %d", handler, n)
		}
	}
}

// Produce sends commands numbered from 1, those with one key one after the other.
func Produce(ctx context.Context, m *cqrs.Mediator, events, keys int) error {
	const workers = 4
	var wg sync.WaitGroup
	errs := make(chan error, workers)
	for w := range workers {
		wg.Go(func() {
			for n := 1; n <= events; n++ {
				if n%keys%workers != w {
					continue
				}
				if err := persist(ctx, m, Move{Key: key(n, keys), N: n}); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// persist sends a command until it succeeds, since a database may choose its transaction as the
// victim of a deadlock.
func persist(ctx context.Context, m *cqrs.Mediator, c Move) (err error) {
	const attempts = 50
	for range attempts {
		if err = m.Send(ctx, c); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}
