package outbox_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func TestRelay_Run(t *testing.T) {
	t.Parallel()

	t.Run("delivers to each subscription once, those in order by key", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t).start()
			stop := run(a.relay())
			a.publish("a", 1, 50)
			pass(time.Second)
			require.NoError(t, stop())
			assert.Equal(t, count(1, 50), a.ledger.of("projection"))
			assert.ElementsMatch(t, count(1, 50), a.ledger.of("mail"))
			assert.Zero(t, a.stats("mail").Pending+a.stats("projection").Pending)
		})
	})

	t.Run("is woken by a commit in its process", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t).start()
			stop := run(a.relay(outbox.Poll(time.Hour, time.Hour)))
			settle()
			a.publish("a", 1, 1)
			settle() // no time has passed
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
			assert.Equal(t, []int{1}, a.ledger.of("projection"))
			require.NoError(t, stop())
		})
	})

	t.Run("polls for what other processes store, less and less often", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a, other := newApp(t), newApp(t)
			other.store = a.store
			a.start()
			other.start()
			stop := run(a.relay(outbox.Poll(time.Second, 4*time.Second)))
			pass(time.Minute)
			other.publish("a", 1, 1)
			settle()
			assert.Empty(t, a.ledger.of("mail"))
			pass(4 * time.Second)
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
			require.NoError(t, stop())
		})
	})

	t.Run("is refused while the relay runs", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t).start()
			r := a.relay()
			stop := run(r)
			settle()
			assert.ErrorIs(t, r.Drain(t.Context()), outbox.ErrRunning)
			require.NoError(t, stop())
			assert.NoError(t, r.Drain(t.Context()))
		})
	})
}

func TestRelay_Retry(t *testing.T) {
	t.Parallel()

	t.Run("waits twice as long after each attempt, and then keeps a dead letter", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			var at []time.Duration
			start := time.Now()
			a.mail = func(ctx context.Context, e moved) error {
				at = append(at, time.Since(start))
				assert.Equal(t, len(at), outbox.Attempt(ctx))
				return errHandler
			}
			a.start()
			stop := run(a.relay(outbox.Retry(outbox.RetryPolicy{Attempts: 4, Initial: 10 * time.Second, Max: 25 * time.Second})))
			a.publish("a", 7, 7)
			pass(time.Hour)
			require.NoError(t, stop())
			require.Len(t, at, 4)
			for i, wait := range []time.Duration{10 * time.Second, 20 * time.Second, 25 * time.Second} {
				took := at[i+1] - at[i]
				assert.LessOrEqual(t, took, wait+time.Second) // it polls once a second
				assert.GreaterOrEqual(t, took, wait*4/5)
			}
			dead := a.deadLetters()
			require.Len(t, dead, 1)
			assert.Equal(t, "mail", dead[0].Subscription)
			assert.Equal(t, 4, dead[0].Attempts)
			assert.Equal(t, errHandler.Error(), dead[0].LastError)
			assert.Empty(t, a.ledger.of("mail"))
			assert.Equal(t, []int{7}, a.ledger.of("projection"))
		})
	})

	t.Run("ends with a permanent failure", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(context.Context, moved) error { return outbox.ErrPermanent }
			a.start()
			a.publish("a", 1, 1)
			require.NoError(t, a.relay().Drain(t.Context()))
			require.Len(t, a.deadLetters(), 1)
			assert.Equal(t, 1, a.deadLetters()[0].Attempts)
		})
	})

	t.Run("has a policy for each subscription", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(context.Context, moved) error { return errHandler }
			a.project = a.mail
			a.start()
			a.publish("a", 1, 1)
			r := a.relay(outbox.RetryFor("mail", outbox.RetryPolicy{Attempts: 1}))
			require.NoError(t, r.Drain(t.Context()))
			require.Len(t, a.deadLetters(), 1)
			assert.Equal(t, "mail", a.deadLetters()[0].Subscription)
		})
	})

	t.Run("delivers a requeued dead letter with all its attempts", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			fail := true
			a.mail = func(context.Context, moved) error {
				if fail {
					return errHandler
				}
				return nil
			}
			a.start()
			a.publish("a", 1, 1)
			r := a.relay(outbox.Retry(outbox.RetryPolicy{Attempts: 1}))
			require.NoError(t, r.Drain(t.Context()))
			fail = false
			require.NoError(t, a.store.Requeue(t.Context(), a.deadLetters()[0].ID))
			require.NoError(t, r.Drain(t.Context()))
			assert.Equal(t, []int{1}, a.ledger.of("mail"))
			assert.Empty(t, a.deadLetters())
		})
	})
}

// Only the key and the subscription of a delivery wait that cannot be made.
func TestRelay_Poison(t *testing.T) {
	t.Parallel()
	poisons := map[string]func(ctx context.Context) error{
		"an error":  func(context.Context) error { return errHandler },
		"a panic":   func(context.Context) error { panic("poison") },
		"Goexit":    func(context.Context) error { runtime.Goexit(); return nil },
		"a hanging": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	}
	for name, poison := range poisons {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				a := newApp(t)
				a.project = func(ctx context.Context, e moved) error {
					if e.Key == "bad" {
						return poison(ctx)
					}
					return nil
				}
				a.start()
				stop := run(a.relay(outbox.Workers(2), outbox.Grace(0)))
				a.publish("bad", 1, 3)
				a.publish("good", 4, 6)
				pass(10 * time.Second)
				assert.Equal(t, []int{4, 5, 6}, a.ledger.of("projection"))
				assert.ElementsMatch(t, count(1, 6), a.ledger.of("mail"))
				assert.Equal(t, 3, a.stats("projection").Pending)
				require.NoError(t, stop())
			})
		})
	}
}

func TestRelay_Batches(t *testing.T) {
	t.Parallel()

	t.Run("share a transaction", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.plain = []cqrs.DurableOption{cqrs.InBatches(10)}
			commits := 0
			a.commit = func() error { commits++; return nil }
			a.start()
			a.publish("a", 1, 25)
			commits = 0
			r := a.relay(outbox.Workers(1))
			require.NoError(t, r.Drain(t.Context()))
			assert.Equal(t, count(1, 25), a.ledger.of("mail"))
			assert.Equal(t, 3+25, commits) // the projection is not in batches
		})
	})

	t.Run("are made one by one if one fails", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.plain = []cqrs.DurableOption{cqrs.InBatches(10)}
			a.mail = func(_ context.Context, e moved) error {
				if e.N == 3 {
					return errHandler
				}
				return nil
			}
			a.start()
			a.publish("a", 1, 10)
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.ElementsMatch(t, []int{1, 2, 4, 5, 6, 7, 8, 9, 10}, a.ledger.of("mail"))
			assert.Equal(t, 1, a.stats("mail").Pending)
			failed := slices.DeleteFunc(slices.Clone(a.outcomes), func(o cqrs.DeliveryOutcome) bool { return o.Err == nil })
			require.Len(t, failed, 1)
			assert.Equal(t, 1, failed[0].Attempt)
			assert.ErrorIs(t, failed[0].Err, errHandler)
		})
	})
}

func TestRelay_Drain(t *testing.T) {
	t.Parallel()

	t.Run("delivers what handlers record meanwhile, and does not wait for retries", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(ctx context.Context, e moved) error {
				switch {
				case e.Key == "fail":
					return errHandler
				case e.N < 5:
					return a.mediator.Publish(ctx, moved{Key: e.Key, N: e.N + 1})
				}
				return nil
			}
			a.start()
			a.publish("a", 1, 1)
			a.publish("fail", 9, 9)
			start := time.Now()
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.Equal(t, count(1, 5), a.ledger.of("mail"))
			assert.Zero(t, time.Since(start))
			assert.Equal(t, 1, a.stats("mail").Pending)
		})
	})

	t.Run("returns the error of its context", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(ctx context.Context, e moved) error { <-ctx.Done(); return ctx.Err() }
			a.start()
			a.publish("a", 1, 1)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			assert.ErrorIs(t, a.relay().Drain(ctx), context.DeadlineExceeded)
			assert.Equal(t, 1, a.stats("mail").Pending)
		})
	})
}
