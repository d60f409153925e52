package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Handlers that are only bound.
type (
	joinHandler       struct{}
	otherJoinHandler  struct{}
	pointerHandler    struct{}
	anyCommandHandler struct{}
	joinedHandler     struct{ cqrs.EventRecorder }
	pointerEvents     struct{}
	valueRecorder     struct{ cqrs.EventRecorder }
	leaveHandler      interface {
		cqrs.CommandHandler[Leave]
	}
)

func (*joinHandler) Handle(context.Context, Join) error                          { return nil }
func (*otherJoinHandler) Handle(context.Context, Join) error                     { return nil }
func (*pointerHandler) Handle(context.Context, *Join) error                      { return nil }
func (*anyCommandHandler) Handle(context.Context, cqrs.Request[cqrs.Unit]) error { return nil }
func (*joinedHandler) Handle(context.Context, Joined) error                      { return nil }
func (*pointerEvents) Handle(context.Context, *Joined) error                     { return nil }
func (valueRecorder) Handle(context.Context, Join) error                         { return nil }

func TestBinding(t *testing.T) {
	t.Parallel()

	sole := func(t *testing.T, errs []error) *cqrs.BindError {
		t.Helper()
		require.Len(t, errs, 1)
		e, ok := errors.AsType[*cqrs.BindError](errs[0])
		require.True(t, ok)
		return e
	}

	t.Run("reject a second handler of a request, naming both places", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*joinHandler](&m)
		cqrs.BindCommand[*otherJoinHandler](&m)
		e := sole(t, m.Errors())
		require.ErrorIs(t, e, cqrs.ErrDuplicate)
		assert.Equal(t, m.Bindings(), []*cqrs.Binding{e.First}, "the first one stands")
		assert.Equal(t, reflect.TypeFor[*otherJoinHandler](), e.Binding.Handler())
		assert.Regexp(t, `binding_test\.go:\d+$`, e.Binding.Where())
		assert.Len(t, regexp.MustCompile(`binding_test\.go:\d+`).FindAllString(e.Error(), -1), 2)
		assert.NotEqual(t, e.First.Where(), e.Binding.Where())
	})

	t.Run("reject the same handler of a request twice", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*joinHandler](&m)
		cqrs.BindCommand[*joinHandler](&m)
		require.ErrorIs(t, sole(t, m.Errors()), cqrs.ErrDuplicate)
	})

	t.Run("reject the same handler of an event twice, even with other options", func(t *testing.T) {
		t.Parallel()
		var m cqrs.EventMap
		cqrs.BindEvent[*joinedHandler](&m)
		cqrs.BindEvent[*joinedHandler](&m, cqrs.AfterScope(), nil)
		e := sole(t, m.Errors())
		require.ErrorIs(t, e, cqrs.ErrDuplicate)
		assert.Len(t, regexp.MustCompile(`binding_test\.go:\d+`).FindAllString(e.Error(), -1), 2)
		require.Len(t, m.Bindings(), 1)
		assert.Equal(t, cqrs.DeliveryInScope, m.Bindings()[0].Delivery())
	})

	t.Run("reject a pointer to a message", func(t *testing.T) {
		t.Parallel()
		var requests cqrs.RequestMap
		cqrs.BindCommand[*pointerHandler](&requests)
		require.ErrorIs(t, sole(t, requests.Errors()), cqrs.ErrPointer)
		var events cqrs.EventMap
		cqrs.BindEvent[*pointerEvents](&events)
		require.ErrorIs(t, sole(t, events.Errors()), cqrs.ErrPointer)
	})

	t.Run("reject an interface as a request", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*anyCommandHandler](&m)
		require.ErrorIs(t, sole(t, m.Errors()), cqrs.ErrInterface)
	})

	t.Run("reject a non-pointer handler that embeds EventRecorder", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[valueRecorder](&m)
		require.ErrorIs(t, sole(t, m.Errors()), cqrs.ErrLostEvents)
	})

	t.Run("to a handler interface dispatch the events of its instance", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() leaveHandler {
			return &commandHandler[Leave, nothing]{do: func(_ context.Context, h *self[nothing], c Leave) error {
				h.Record(Left{N: c.N})
				return nil
			}}
		})
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[leaveHandler](m) })
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start().Send(t.Context(), Leave{N: 4}))
		assert.Equal(t, []string{"left 4"}, a.notes())
	})

	t.Run("describe what they bind", func(t *testing.T) {
		t.Parallel()
		var m cqrs.EventMap
		cqrs.BindEvent[*joinedHandler](&m, cqrs.AfterScope())
		b := m.Bindings()[0]
		assert.Equal(t, cqrs.KindEvent, b.Kind())
		assert.Equal(t, reflect.TypeFor[Joined](), b.Message())
		assert.Equal(t, reflect.TypeFor[*joinedHandler](), b.Handler())
		assert.Nil(t, b.Result())
		assert.Equal(t, cqrs.DeliveryAfterScope, b.Delivery())
		assert.Regexp(t, `^bound to cqrs_test\.Joined at .*binding_test\.go:\d+$`, b.String())
	})
}
