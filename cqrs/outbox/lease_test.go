package outbox_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// deafStore loses the extensions of leases while it is deaf, as a process does that is stopped.
type deafStore struct {
	outbox.Store
	deaf atomic.Bool
}

func (s *deafStore) Extend(ctx context.Context, claims []cqrs.Claim, lease time.Duration) ([]cqrs.Claim, error) {
	if s.deaf.Load() {
		return nil, nil
	}
	return s.Store.Extend(ctx, claims, lease)
}

func TestRelay_Lease(t *testing.T) {
	t.Parallel()

	t.Run("is extended while a handler works", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			var calls atomic.Int32
			a.mail = func(context.Context, moved) error {
				calls.Add(1)
				time.Sleep(10 * time.Minute)
				return nil
			}
			a.start()
			stop, stopOther := run(a.relay(outbox.Lease(time.Second))), run(a.relay(outbox.Lease(time.Second)))
			a.publish("a", 1, 1)
			pass(11 * time.Minute)
			assert.EqualValues(t, 1, calls.Load())
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
			require.NoError(t, errors.Join(stop(), stopOther()))
		})
	})

	t.Run("that is lost rolls the handler back, and another relay delivers once", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			var calls atomic.Int32
			a.mail = func(context.Context, moved) error {
				if calls.Add(1) == 1 {
					time.Sleep(time.Minute)
				}
				return nil
			}
			a.start()
			slow := &deafStore{Store: a.store}
			slow.deaf.Store(true)
			stop := run(a.relayOf(slow, outbox.Lease(time.Second)))
			a.publish("a", 1, 1)
			settle()
			stopOther := run(a.relay(outbox.Lease(time.Second)))
			pass(2 * time.Minute)
			assert.EqualValues(t, 2, calls.Load())
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
			require.NoError(t, errors.Join(stop(), stopOther()))
			lost := 0
			for _, o := range a.outcomes {
				if errors.Is(o.Err, cqrs.ErrLeaseLost) {
					lost++
				}
			}
			assert.Equal(t, 1, lost)
			assert.Empty(t, a.deadLetters())
		})
	})

	t.Run("that is lost cancels the context of the handler", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			var calls atomic.Int32
			var cause error
			a.mail = func(ctx context.Context, _ moved) error {
				if calls.Add(1) == 1 {
					<-ctx.Done()
					cause = context.Cause(ctx)
				}
				return ctx.Err()
			}
			a.start()
			slow := &deafStore{Store: a.store}
			slow.deaf.Store(true)
			stop := run(a.relayOf(slow, outbox.Lease(3*time.Second)))
			a.publish("a", 1, 1)
			settle()
			stopOther := run(a.relay(outbox.Lease(3 * time.Second)))
			pass(10 * time.Second)
			slow.deaf.Store(false)
			pass(10 * time.Second)
			assert.ErrorIs(t, cause, cqrs.ErrLeaseLost)
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
			require.NoError(t, errors.Join(stop(), stopOther()))
		})
	})

	t.Run("that the store does not extend in time cancels the context of the handler", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			var start time.Time
			var took time.Duration
			a.mail = func(ctx context.Context, _ moved) error {
				if start.IsZero() {
					start = time.Now()
					<-ctx.Done()
					took = time.Since(start)
				}
				return ctx.Err()
			}
			a.start()
			stop := run(a.relayOf(hangingStore{a.store}, outbox.Lease(3*time.Second)))
			a.publish("a", 1, 1)
			pass(10 * time.Second)
			assert.Equal(t, 3*time.Second, took)
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
			require.NoError(t, stop())
		})
	})

	t.Run("that ends with the delivery does not cancel what follows it", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			var followed []error
			a.follow = func(ctx context.Context) {
				time.Sleep(10 * time.Second)
				followed = append(followed, ctx.Err())
			}
			a.start()
			stop := run(a.relay(outbox.Lease(3 * time.Second)))
			a.publish("a", 1, 1)
			pass(time.Minute)
			assert.Equal(t, []error{nil}, followed)
			require.NoError(t, stop())
		})
	})
}

// hangingStore extends no lease, and hangs until it is told to stop.
type hangingStore struct{ outbox.Store }

func (hangingStore) Extend(ctx context.Context, _ []cqrs.Claim, _ time.Duration) ([]cqrs.Claim, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestRelay_Shutdown(t *testing.T) {
	t.Parallel()

	t.Run("leaves the deliveries of a batch that fails meanwhile to others at once", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.plain = []cqrs.DurableOption{cqrs.InBatches(10)}
			a.mail = func(context.Context, moved) error { time.Sleep(time.Second); return errHandler }
			a.start()
			a.publish("a", 1, 10)
			stop := run(a.relay(outbox.Workers(1), outbox.Lease(time.Hour)))
			settle()
			start := time.Now()
			require.NoError(t, stop())
			assert.Equal(t, time.Second, time.Since(start))
			a.mail = nil
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.ElementsMatch(t, count(1, 10), a.ledger.of("mail"))
		})
	})

	t.Run("finishes what is in flight, and leaves the rest to others at once", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(context.Context, moved) error { time.Sleep(time.Second); return nil }
			a.start()
			stop := run(a.relay(outbox.Workers(2), outbox.Lease(time.Hour)))
			a.publish("a", 1, 10)
			settle()
			require.NoError(t, stop())
			assert.Len(t, a.ledger.of("mail"), 2)
			a.mail = nil
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.ElementsMatch(t, count(1, 10), a.ledger.of("mail"))
		})
	})

	t.Run("cancels what outlasts the grace period, which counts as no attempt", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(ctx context.Context, _ moved) error { <-ctx.Done(); return ctx.Err() }
			a.start()
			stop := run(a.relay(outbox.Grace(5 * time.Second)))
			a.publish("a", 1, 1)
			settle()
			start := time.Now()
			require.NoError(t, stop())
			assert.Equal(t, 5*time.Second, time.Since(start))
			a.mail = func(ctx context.Context, _ moved) error {
				assert.Equal(t, 1, outbox.Attempt(ctx))
				return nil
			}
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
		})
	})

	t.Run("counts an abandoned handler whose lease is lost", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(context.Context, moved) error { time.Sleep(time.Hour); return nil }
			a.start()
			stop := run(a.relay(outbox.Grace(time.Second), outbox.Lease(3*time.Second)))
			a.publish("a", 1, 1)
			settle()
			a.store.Advance(time.Minute)
			claimed, err := a.store.Claim(t.Context(), []outbox.Want{{Subscription: "mail", Limit: 1}}, time.Hour)
			require.NoError(t, err)
			require.Len(t, claimed, 1)
			pass(2 * time.Second) // the relay notices
			assert.ErrorContains(t, stop(), "a delivery did not end")
			pass(2 * time.Hour)
			assert.Empty(t, a.ledger.of("mail"))
		})
	})

	t.Run("abandons a handler that ignores its context", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			var calls atomic.Int32
			a.mail = func(context.Context, moved) error {
				if calls.Add(1) == 1 {
					time.Sleep(time.Hour)
				}
				return nil
			}
			a.start()
			stop := run(a.relay(outbox.Grace(time.Second)))
			a.publish("a", 1, 1)
			settle()
			assert.ErrorIs(t, stop(), outbox.ErrAbandoned)
			require.NoError(t, a.relay().Drain(t.Context()))
			pass(2 * time.Hour)
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
		})
	})
}
