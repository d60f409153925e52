package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// inModule returns a name in which ~ stands for the path of the module.
func inModule(name string) string {
	return strings.ReplaceAll(name, "~", "github.com/digcqrs/digcqrs/")
}

func TestSubscription_Names(t *testing.T) {
	t.Parallel()

	nameOf := func(bind func(*cqrs.EventMap)) string {
		var m cqrs.EventMap
		bind(&m)
		require.Empty(t, m.Errors())
		return m.Bindings()[0].Subscription()
	}

	t.Run("are the handler's type with its package path by default", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, inModule("*~cqrs_test.joinedHandler"),
			nameOf(func(m *cqrs.EventMap) { cqrs.BindEvent[*joinedHandler](m) }))
		assert.Equal(t, inModule("*~cqrs_test.eventHandler[~cqrs_test.first,~cqrs_test.Joined,*~cqrs_test.tx]"),
			nameOf(func(m *cqrs.EventMap) { cqrs.BindEvent[*eventHandler[first, Joined, *tx]](m) }))
	})

	t.Run("are the type of the first handler for a target", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, inModule("*~cqrs_test.joinedHandler"), nameOf(func(m *cqrs.EventMap) {
			cqrs.BindEventTarget(m, cqrs.Chain(cqrs.EventTarget[*joinedHandler](),
				cqrs.EventTarget[*eventHandler[first, Joined, nothing]]()))
		}))
	})

	t.Run("can be set, for a target too", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "mail", nameOf(func(m *cqrs.EventMap) {
			cqrs.BindEvent[*joinedHandler](m, cqrs.SubscriptionName("mail"))
		}))
		assert.Equal(t, "mail", nameOf(func(m *cqrs.EventMap) {
			cqrs.BindEventTarget(m, cqrs.Chain(cqrs.EventTarget[*joinedHandler]()), cqrs.SubscriptionName("mail"))
		}))
	})

	t.Run("are rejected if two subscriptions have the same, even a default", func(t *testing.T) {
		t.Parallel()
		var m cqrs.EventMap
		cqrs.BindEvent[*joinedHandler](&m)
		cqrs.BindEvent[*eventHandler[first, Left, nothing]](&m,
			cqrs.SubscriptionName(inModule("*~cqrs_test.joinedHandler")))
		require.Len(t, m.Errors(), 1)
		require.ErrorIs(t, m.Errors()[0], cqrs.ErrDuplicate)
		assert.Len(t, m.Bindings(), 1)
	})
}

func TestMediator_PublishTo_Retries(t *testing.T) {
	t.Parallel()

	t.Run("retries only the after-scope deliveries that failed", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		down := true
		handler := func(name string, err error) func(context.Context, *self[*tx], Joined) error {
			return func(_ context.Context, h *self[*tx], e Joined) error {
				a.note("%s %d in %d", name, e.N, h.need.id)
				if down {
					return err
				}
				return nil
			}
		}
		on[first](a, handler("first", errHandler), cqrs.AfterScope())
		on[second](a, handler("second", nil), cqrs.AfterScope(), cqrs.SubscriptionName("second"))
		on[third](a, handler("third", errOther), cqrs.AfterScope(), cqrs.SubscriptionName("third"))
		on[fourth](a, handler("within", nil))
		on[first](a, func(_ context.Context, h *self[*tx], e cqrs.Event) error {
			a.note("any in %d", h.need.id)
			if down {
				panic(errPanic)
			}
			return nil
		}, cqrs.AfterScope())
		m := a.start()
		err := m.Publish(t.Context(), Joined{N: 1})
		assert.True(t, cqrs.Done(err))
		for _, want := range []error{errHandler, errOther, errPanic} {
			require.ErrorIs(t, err, want)
		}
		assert.Equal(t, []string{
			"within 1 in 1", "commit 1", "first 1 in 2", "rollback 2", "second 1 in 3", "commit 3", "third 1 in 4", "rollback 4",
			"any in 5", "rollback 5",
		}, a.notes())

		failed := eventErrors(err)
		require.Len(t, failed, 3)
		var names []string
		for _, e := range failed {
			names = append(names, e.Subscription)
			assert.Equal(t, reflect.TypeFor[Joined](), e.Event)
			assert.Equal(t, cqrs.DeliveryAfterScope, e.Delivery)
		}
		assert.Equal(t, []string{
			inModule("*~cqrs_test.eventHandler[~cqrs_test.first,~cqrs_test.Joined,*~cqrs_test.tx]"),
			"third",
			inModule("*~cqrs_test.eventHandler[~cqrs_test.first,~cqrs.Event,*~cqrs_test.tx]"),
		}, names)
		down = false
		for _, name := range names {
			require.NoError(t, m.PublishTo(t.Context(), name, Joined{N: 1}))
		}
		assert.Equal(t, []string{"first 1 in 6", "commit 6", "third 1 in 7", "commit 7", "any in 8", "commit 8"}, a.notes())
	})

	t.Run("names an in-scope subscription too, though its request has failed", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler },
			cqrs.SubscriptionName("first"))
		err := a.start().Publish(t.Context(), joined(1)...)
		require.Len(t, eventErrors(err), 1)
		assert.Equal(t, "first", eventErrors(err)[0].Subscription)
		assert.False(t, cqrs.Done(err))
	})
}

func TestMediator_PublishTo_Misuse(t *testing.T) {
	t.Parallel()

	a := newApp(t)
	on[first](a, noting[Joined](a, "first"), cqrs.SubscriptionName("first"))
	on[second](a, noting[Joined](a, "second"), cqrs.SubscriptionName("second"), cqrs.AfterScope())
	on[first](a, notingType[cqrs.Event](a, "any"), cqrs.SubscriptionName("any"))
	on[first](a, noting[Left](a, "left"), cqrs.SubscriptionName("left"))
	m := a.start()
	var none context.Context

	t.Run("reports the subscriptions of the event for an unknown name", func(t *testing.T) {
		t.Parallel()
		err := m.PublishTo(t.Context(), "third", Joined{})
		e, is := errors.AsType[*cqrs.SubscriptionError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Joined](), e.Event)
		assert.Equal(t, "third", e.Subscription)
		assert.Nil(t, e.Takes)
		assert.Equal(t, []string{"first", "any", "second"}, e.Known, "those in the scope, then those after it")
	})

	t.Run("reports subscriptions to interfaces for an unknown name", func(t *testing.T) {
		t.Parallel()
		e, is := errors.AsType[*cqrs.SubscriptionError](m.PublishTo(t.Context(), "third", Greeted{}))
		require.True(t, is)
		assert.Equal(t, []string{"any"}, e.Known)
	})

	t.Run("reports which event the subscription is for", func(t *testing.T) {
		t.Parallel()
		e, is := errors.AsType[*cqrs.SubscriptionError](m.PublishTo(t.Context(), "left", Joined{}))
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Left](), e.Takes)
		assert.Equal(t, []string{"first", "any", "second"}, e.Known)
	})

	for name, test := range map[string]struct {
		publish func(ctx context.Context) error
		reason  error
	}{
		"nil":       {func(ctx context.Context) error { return m.PublishTo(ctx, "first", nil) }, cqrs.ErrNilMessage},
		"a pointer": {func(ctx context.Context) error { return m.PublishTo(ctx, "first", &Joined{}) }, cqrs.ErrPointer},
		"a pointer to a subscription of any event": {func(ctx context.Context) error {
			return m.PublishTo(ctx, "any", &Joined{})
		}, cqrs.ErrPointer},
		"a nil context": {func(context.Context) error { return m.PublishTo(none, "first", Joined{}) }, cqrs.ErrNilContext},
		"a nil mediator": {func(ctx context.Context) error {
			var m *cqrs.Mediator
			return m.PublishTo(ctx, "first", Joined{})
		}, cqrs.ErrNilMediator},
	} {
		t.Run(name+" is rejected", func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, test.publish(t.Context()), test.reason)
		})
	}

	t.Run("without any subscription is rejected", func(t *testing.T) {
		t.Parallel()
		e, is := errors.AsType[*cqrs.SubscriptionError](newApp(t).start().PublishTo(t.Context(), "first", Joined{}))
		require.True(t, is)
		assert.Empty(t, e.Known)
	})

	t.Cleanup(func() { assert.Empty(t, a.notes(), "no handler ran") })
}
