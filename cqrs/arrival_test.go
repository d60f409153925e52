package cqrs_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// A durable delivery is a request.
func TestDeliverer_Deliver_IsARequest(t *testing.T) {
	t.Parallel()

	t.Run("with middleware of all kinds, and one transaction", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(_ context.Context, h *self[*outboxtest.Tx], e Joined) error {
			a.note("mail %d", e.N)
			h.Record(Left{N: 2})
			return nil
		}, cqrs.Durable("mail"), cqrs.WithMiddleware(mark(a.app, "of the binding")))
		on[second](a.app, func(_ context.Context, h *self[*outboxtest.Tx], e Left) error {
			a.note("follow-up %d", e.N)
			return nil
		})
		withKeeper(a.app, func(k *keeper[*outboxtest.Tx], in *cqrs.Invocation) {
			a.note("built for %T, nested %v, of %v", in.Message(), in.Nested(), in.Outermost().Message())
		}, container.Scoped())
		a.begin(bootstrap.WithMiddleware(cqrs.AroundScope(around(a.app, "around")), cqrs.Only[Joined](around(a.app, "in")),
			cqrs.Built[*keeper[*outboxtest.Tx]]()))
		require.NoError(t, a.m.Publish(t.Context(), joined(1)...))
		assert.Equal(t, []string{"commit"}, a.notes())
		require.NoError(t, a.deliver("mail"))
		assert.Equal(t, []string{
			"around: event cqrs_test.Joined", "in: event cqrs_test.Joined",
			"built for cqrs_test.Joined, nested false, of cqrs_test.Joined", "of the binding", "mail 1", "in: end",
			"around: event cqrs_test.Left", "built for cqrs_test.Left, nested true, of cqrs_test.Joined",
			"follow-up 2", "around: end", "commit", "around: end",
		}, a.notes())
		assert.Zero(t, a.pending("mail"))
		assert.Equal(t, int32(2), a.journals.Load())
	})

	t.Run("with follow-up events of each mode", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Left{N: 2}); return nil },
			cqrs.Durable("mail"))
		on[first](a.app, noting[Left](a.app, "in scope"))
		on[second](a.app, noting[Left](a.app, "after scope"), cqrs.AfterScope())
		on[third](a.app, noting[Left](a.app, "durable"), cqrs.Durable("left"))
		require.NoError(t, a.begin().Publish(t.Context(), joined(1)...))
		a.notes()
		require.NoError(t, a.deliver("mail"))
		assert.Equal(t, []string{"in scope 2", "commit", "after scope 2"}, a.notes())
		require.NoError(t, a.deliver("left"))
		assert.Equal(t, []string{"durable 2", "commit"}, a.notes())
	})

	t.Run("that stores nothing and completes nothing if it fails", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(_ context.Context, h *self[*outboxtest.Tx], _ Joined) error { h.Record(Left{}); return nil },
			cqrs.Durable("mail"))
		on[second](a.app, func(context.Context, *self[nothing], Left) error { return errHandler })
		on[third](a.app, noting[Left](a.app, "durable"), cqrs.Durable("left"))
		on[first](a.app, noting[Left](a.app, "after scope"), cqrs.AfterScope())
		require.NoError(t, a.begin().Publish(t.Context(), joined(1)...))
		a.notes()
		err := a.deliver("mail")
		require.ErrorIs(t, err, errHandler)
		require.Len(t, cqrs.EventErrors(err), 1, "as that of any request")
		assert.Equal(t, []string{"rollback"}, a.notes())
		assert.Equal(t, 1, a.pending("mail"))
		assert.Zero(t, a.pending("left"))
	})

	t.Run("with limits", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Left{}); return nil },
			cqrs.Durable("mail"))
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Left) error { h.Record(Left{}); return nil })
		require.NoError(t, a.begin(bootstrap.WithEventLimit(3)).Publish(t.Context(), joined(1)...))
		var limit *cqrs.EventLimitError
		require.ErrorAs(t, a.deliver("mail"), &limit)
		assert.Len(t, limit.Path, 4, "from the event that was delivered")
	})

	t.Run("whose panics the observer sees", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(context.Context, *self[nothing], Joined) error { panic(errPanic) }, cqrs.Durable("mail"))
		var seen *cqrs.PanicError
		a.begin(bootstrap.WithObserver(cqrs.Observer{Panicked: func(_ context.Context, p *cqrs.PanicError) { seen = p }}))
		require.NoError(t, a.m.Publish(t.Context(), joined(1)...))
		require.ErrorIs(t, a.deliver("mail"), errPanic)
		require.NotNil(t, seen)
		assert.Equal(t, 1, a.pending("mail"))
	})

	t.Run("whose expected errors are expected", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(context.Context, *self[nothing], Joined) error { return errHandler }, cqrs.Durable("mail"))
		expected := false
		a.begin(bootstrap.WithExpectedErrors(func(err error) bool { return err == errHandler }),
			with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				expected = in.Expected(err)
				return nil, err
			}))
		require.NoError(t, a.m.Publish(t.Context(), joined(1)...))
		err := a.deliver("mail")
		assert.Same(t, errHandler, err)
		assert.True(t, expected)
		assert.True(t, a.m.Expected(err))
	})

	t.Run("that is rolled back if its handler ends the goroutine", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(_ context.Context, h *self[*outboxtest.Tx], _ Joined) error { runtime.Goexit(); return nil },
			cqrs.Durable("mail"))
		require.NoError(t, a.begin().Publish(t.Context(), joined(1)...))
		a.notes()
		claimed := a.claim("mail")
		testkit.OnGoroutine(func() { _ = a.m.Deliverer().Deliver(t.Context(), claimed...) })
		assert.Equal(t, []string{"rollback"}, a.notes())
		assert.Equal(t, 1, a.pending("mail"))
	})

	t.Run("whose after-scope errors nobody receives", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Left{}); return nil },
			cqrs.Durable("mail"))
		on[first](a.app, func(context.Context, *self[nothing], Left) error { return errHandler }, cqrs.AfterScope())
		lost := losing(a)
		require.NoError(t, a.m.Publish(t.Context(), joined(1)...))
		require.NoError(t, a.deliver("mail"))
		require.Len(t, *lost, 1)
		require.ErrorIs(t, (*lost)[0], errHandler)
		assert.Zero(t, a.pending("mail"))
	})
}

// losing starts the application, and returns the errors that nobody receives.
func losing(a *durableApp, opts ...bootstrap.Option) *[]error {
	lost := new([]error)
	a.begin(append(opts, bootstrap.WithObserver(cqrs.Observer{
		Lost: func(_ context.Context, _ *cqrs.Binding, err error) { *lost = append(*lost, err) },
	}))...)
	return lost
}

func TestDeliverer_Deliver_Targets(t *testing.T) {
	t.Parallel()

	t.Run("can be a chain, which dies if no handler answers", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		answer := cqrs.ErrNotHandled
		target := cqrs.Chain(
			eventTo[first](a.app, func(_ context.Context, h *self[nothing], _ Joined) error {
				a.note("first")
				h.Record(Left{N: 1})
				return cqrs.ErrNotHandled
			}),
			eventTo[second](a.app, func(context.Context, *self[nothing], Joined) error { a.note("second"); return answer }))
		a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEventTarget(m, target, cqrs.Durable("mail")) })
		on[first](a.app, noting[Left](a.app, "left"))
		require.NoError(t, a.begin().Publish(t.Context(), joined(1)...))
		a.notes()
		claimed := a.claim("mail")
		require.ErrorIs(t, a.m.Deliverer().Deliver(t.Context(), claimed...), cqrs.ErrNotHandled)
		assert.Equal(t, []string{"first", "second"}, a.notes())
		answer = nil
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), claimed...))
		assert.Equal(t, []string{"first", "second", "left 1", "commit"}, a.notes())
	})

	t.Run("can be a fallback, which drops the events of the first handler", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		target := cqrs.Fallback(
			eventTo[first](a.app, func(_ context.Context, h *self[nothing], _ Joined) error {
				h.Record(Left{N: 1})
				return errPrimary
			}),
			eventTo[second](a.app, func(_ context.Context, h *self[nothing], _ Joined) error {
				h.Record(Left{N: 2})
				return nil
			}), nil)
		a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEventTarget(m, target, cqrs.Durable("mail")) })
		on[first](a.app, noting[Left](a.app, "left"), cqrs.Durable("left"))
		require.NoError(t, a.begin().Publish(t.Context(), joined(1)...))
		require.NoError(t, a.deliver("mail"))
		require.NoError(t, a.deliver("left"))
		assert.Equal(t, []string{"commit", "commit", "left 2", "commit"}, a.notes())
	})

	t.Run("can take an interface", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, notingType[cqrs.Event](a.app, "any"), cqrs.Durable("any"))
		require.NoError(t, a.begin().Publish(t.Context(), Joined{N: 1}, Left{N: 2}))
		a.notes()
		for _, d := range a.claim("any") {
			require.NoError(t, a.m.Deliverer().Deliver(t.Context(), d))
		}
		assert.Equal(t, []string{"any cqrs_test.Joined", "commit", "any cqrs_test.Left", "commit"}, a.notes())

		err := a.m.Publish(t.Context(), Joined{}, unregistered{})
		require.ErrorContains(t, err, "unregistered has durable subscriptions, but no name to be stored by")
		assert.Zero(t, a.pending("any"), "nor is the other event stored")
	})
}
