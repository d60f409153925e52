package cqrs_test

import (
	"context"
	"reflect"
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
	promotedRecorder  struct {
		*joinHandler
		cqrs.EventRecorder
	}
	sharedRecorder struct{ *cqrs.EventRecorder }
	leaveHandler   interface {
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
func (sharedRecorder) Handle(context.Context, Join) error                        { return nil }

func TestBinding(t *testing.T) {
	t.Parallel()

	t.Run("rejects a pointer to a message", func(t *testing.T) {
		t.Parallel()
		var requests cqrs.RequestMap
		cqrs.BindCommand[*pointerHandler](&requests)
		require.ErrorIs(t, soleError(t, requests.Errors()), cqrs.ErrPointer)
		var events cqrs.EventMap
		cqrs.BindEvent[*pointerEvents](&events)
		require.ErrorIs(t, soleError(t, events.Errors()), cqrs.ErrPointer)
	})

	t.Run("rejects an interface as a request", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*anyCommandHandler](&m)
		require.ErrorIs(t, soleError(t, m.Errors()), cqrs.ErrInterface)
	})

	t.Run("rejects a non-pointer handler that embeds EventRecorder", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[valueRecorder](&m)
		require.ErrorIs(t, soleError(t, m.Errors()), cqrs.ErrLostEvents)
	})

	t.Run("rejects a Handle that would record events in a copy of the handler", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*valueRecorder](&m)
		require.ErrorIs(t, soleError(t, m.Errors()), cqrs.ErrLostEvents)
	})

	t.Run("accepts a Handle that is promoted, or whose copy shares the recorder", func(t *testing.T) {
		t.Parallel()
		var promoted, shared cqrs.RequestMap
		cqrs.BindCommand[*promotedRecorder](&promoted)
		cqrs.BindCommand[*sharedRecorder](&shared)
		assert.Empty(t, append(promoted.Errors(), shared.Errors()...))
	})

	t.Run("to a handler interface dispatches the events of its instance", func(t *testing.T) {
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

	t.Run("describes what it binds", func(t *testing.T) {
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
