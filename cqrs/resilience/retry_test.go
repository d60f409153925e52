package resilience_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

// thrice makes three attempts, without a delay.
func thrice(opts ...resilience.Option) cqrs.Middleware {
	return resilience.Retry(retrypolicy.NewBuilder[any](), opts...)
}

func TestRetry(t *testing.T) {
	t.Parallel()

	t.Run("retries, each time in a new scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": failing(errBusy, errBusy)}).around("pay", thrice())
		m := a.start(t)
		require.NoError(t, m.Send(t.Context(), Pay{}))
		assert.Equal(t, []string{
			"build pay", "pay", "rollback",
			"build pay", "pay", "rollback",
			"build pay", "pay", "commit",
		}, a.Notes())
	})

	t.Run("returns the error of the last attempt unchanged when it gives up", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": failing(errOther, errOther, errBusy)}).around("pay", thrice())
		m := a.start(t)
		assert.Equal(t, errBusy, m.Send(t.Context(), Pay{}))
		assert.Equal(t, 3, a.Count("pay"))
	})

	t.Run("keeps what is joined with the error of the last attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": always(errBusy)}).around("pay", thrice())
		a.commit = func(error) error { return errFinalize }
		err := a.start(t).Send(t.Context(), Pay{})
		assert.ErrorIs(t, err, errBusy)
		assert.ErrorIs(t, err, errFinalize)
	})

	t.Run("returns typed results", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"read": failing(errBusy), "draw": failing(errBusy)})
		m := a.start(t, bootstrap.WithMiddleware(thrice()))
		answer, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		assert.Equal(t, "answer", answer)
		number, err := cqrs.Send(t.Context(), m, Draw{})
		require.NoError(t, err)
		assert.Equal(t, 7, number)
		unit, err := cqrs.Send(t.Context(), m, Pay{})
		require.NoError(t, err)
		assert.Equal(t, cqrs.Unit{}, unit)
		a.script["read"] = always(errBusy)
		answer, err = cqrs.Send(t.Context(), m, Read{})
		require.ErrorIs(t, err, errBusy)
		assert.Empty(t, answer)
	})

	t.Run("never repeats the events of a failed attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{
			"pay":    recording,
			"ledger": failing(errBusy), // in the scope, so that the request fails
		}).around("pay", thrice())
		require.NoError(t, a.start(t).Send(t.Context(), Pay{}))
		assert.Equal(t, []string{"pay", "ledger", "rollback", "pay", "ledger", "commit", "mail", "commit"},
			handled(a.Notes()))
	})

	t.Run("retries when the commit has failed", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": recording}).around("pay", thrice())
		commits := 0
		a.commit = func(error) error {
			if commits++; commits == 1 {
				return errCommit
			}
			return nil
		}
		require.NoError(t, a.start(t).Send(t.Context(), Pay{}))
		assert.Equal(t, []string{"pay", "ledger", "commit", "pay", "ledger", "commit", "mail", "commit"}, handled(a.Notes()))
	})

	t.Run("does not retry a request that is done, if only an after-scope handler has failed", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{
			"draw": recording,
			"mail": always(errBusy),
		}).around("draw", thrice())
		number, err := cqrs.Send(t.Context(), a.start(t), Draw{})
		assert.True(t, cqrs.Done(err))
		assert.ErrorIs(t, err, errBusy)
		assert.Equal(t, 7, number, "the result is there beside the error")
		assert.Equal(t, 1, a.Count("draw"))
		assert.Equal(t, 1, a.Count("mail"))
	})

	t.Run("retries an after-scope handler, in a scope of its own", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{
			"pay":  recording,
			"mail": failing(errBusy, errBusy),
		})
		require.NoError(t, a.start(t, bootstrap.WithMiddleware(thrice())).Send(t.Context(), Pay{}))
		assert.Equal(t, []string{"pay", "ledger", "commit", "mail", "rollback", "mail", "rollback", "mail", "commit"},
			handled(a.Notes()))
	})

	t.Run("retries the request and not its nested messages", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{
			"settle": func(ctx context.Context, h *self) error { return h.sender.Send(ctx, Pay{}) },
			"pay":    failing(errBusy),
		})
		require.NoError(t, a.start(t, bootstrap.WithMiddleware(thrice())).Send(t.Context(), Settle{}))
		assert.Equal(t, []string{"settle", "pay", "rollback", "settle", "pay", "commit"}, handled(a.Notes()))
	})

	t.Run("does not retry a nested message if the request is not retried", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{
			"settle": func(ctx context.Context, h *self) error { return h.sender.Send(ctx, Pay{}) },
			"pay":    failing(errBusy),
		}).around("pay", thrice())
		require.ErrorIs(t, a.start(t).Send(t.Context(), Settle{}), errBusy)
		assert.Equal(t, 1, a.Count("pay"))
	})

	t.Run("retries the request and not its events", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": recording, "ledger": always(errBusy)})
		err := a.start(t, bootstrap.WithMiddleware(thrice())).Send(t.Context(), Pay{})
		require.ErrorIs(t, err, errBusy)
		assert.Equal(t, 3, a.Count("pay"))
		assert.Equal(t, 3, a.Count("ledger"))
	})

	t.Run("retries a subscription that PublishTo delivers to", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"ledger": failing(errBusy)})
		a.options["ledger"] = append(a.options["ledger"], cqrs.WithMiddleware(thrice()))
		m := a.start(t)
		require.NoError(t, m.PublishTo(t.Context(), "*github.com/digcqrs/digcqrs/cqrs/resilience_test.Ledger", Paid{}))
		assert.Equal(t, 2, a.Count("ledger"))
	})

	t.Run("waits as configured by the builder", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(script{"pay": failing(errBusy, errBusy)}).around("pay",
				resilience.Retry(retrypolicy.NewBuilder[any]().WithBackoff(time.Second, time.Minute)))
			m := a.start(t)
			start := time.Now()
			require.NoError(t, m.Send(t.Context(), Pay{}))
			assert.Equal(t, 3*time.Second, time.Since(start))
		})
	})

	t.Run("stops waiting as soon as the context is cancelled, with both errors", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(script{"pay": always(errBusy)}).around("pay",
				resilience.Retry(retrypolicy.NewBuilder[any]().WithDelay(time.Hour)))
			m := a.start(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			err := m.Send(ctx, Pay{})
			assert.ErrorIs(t, err, errBusy)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, time.Second, time.Since(start))
			assert.Equal(t, 1, a.Count("pay"))
		})
	})

	t.Run("keeps a success that came while the context was cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		a := newApp(script{"draw": func(context.Context, *self) error { cancel(); return nil }}).around("draw", thrice())
		number, err := cqrs.Send(ctx, a.start(t), Draw{})
		require.NoError(t, err, "it is committed")
		assert.Equal(t, 7, number)
	})

	t.Run("keeps a request done when the context is cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		a := newApp(script{
			"draw": recording,
			"mail": func(context.Context, *self) error { cancel(); return errBusy },
		}).around("draw", thrice())
		number, err := cqrs.Send(ctx, a.start(t), Draw{})
		assert.True(t, cqrs.Done(err))
		assert.Equal(t, 7, number)
	})

	t.Run("reports which attempt the retry budget refused, and why it was needed", func(t *testing.T) {
		t.Parallel()
		none := budget.NewBuilder().WithMaxRate(-1).WithMinConcurrency(0).Build()
		a := newApp(script{"pay": always(errBusy)}).around("pay",
			resilience.Retry(retrypolicy.NewBuilder[any]().WithBudget(none)))
		err := a.start(t).Send(t.Context(), Pay{})
		assert.ErrorIs(t, err, errBusy)
		assert.ErrorIs(t, err, budget.ErrExceeded)
		r, ok := errors.AsType[*resilience.RefusedError](err)
		require.True(t, ok)
		assert.Equal(t, "retry budget", r.Policy)
		assert.Equal(t, 1, a.Count("pay"))
	})

	t.Run("passes on the options of the builder", func(t *testing.T) {
		t.Parallel()
		var heard []string
		b := retrypolicy.NewBuilder[any]().HandleErrors(errBusy).WithMaxAttempts(-1).
			OnRetry(func(failsafe.ExecutionEvent[any]) { heard = append(heard, "retry") }).
			OnSuccess(func(failsafe.ExecutionEvent[any]) { heard = append(heard, "success") })
		a := newApp(script{"pay": failing(errBusy, errBusy, errBusy, errBusy, errOther)}).around("pay", resilience.Retry(b))
		assert.Equal(t, errOther, a.start(t).Send(t.Context(), Pay{}))
		assert.Equal(t, 5, a.Count("pay"))
		assert.Equal(t, []string{"retry", "retry", "retry", "retry", "success"}, heard)
	})
}

// For any sequence of outcomes, the handler is called, and the request ends, as in a loop
// of a few lines.
func TestRetry_model(t *testing.T) {
	t.Parallel()
	final := errors.Join(errOther, middleware.ErrInvalid)
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.SampledFrom([]error{nil, errBusy, errOther, final}), 1, 8).Draw(t, "outcomes")
		attempts := rapid.IntRange(1, 8).Draw(t, "attempts")
		where := rapid.SampledFrom([]string{"handler", "event", "commit"}).Draw(t, "where")

		var want error
		calls := 0
		for calls < attempts {
			want = nil
			if calls < len(outcomes) {
				want = outcomes[calls]
			}
			if calls++; want == nil || want == final {
				break
			}
		}

		fail := failing(slices.Clone(outcomes)...)
		a := newApp(script{"pay": recording}).around("pay",
			resilience.Retry(retrypolicy.NewBuilder[any]().WithMaxAttempts(attempts)))
		switch where {
		case "handler":
			a.script["pay"] = fail
		case "event":
			a.script["ledger"] = fail
		case "commit":
			a.script["pay"] = nil // no event, since its handlers commit too
			a.commit = func(error) error { return fail(nil, nil) }
		}
		m, err := a.tryStart()
		if err != nil {
			t.Fatal(err)
		}
		got := m.Send(context.Background(), Pay{})
		if !errors.Is(got, want) || (got == nil) != (want == nil) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if n := a.Count("pay"); n != calls {
			t.Fatalf("%d calls, want %d", n, calls)
		}
	})
}
