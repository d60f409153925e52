package cqrs_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestDeliveryMode_String(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "in-scope", cqrs.DeliveryInScope.String())
	assert.Equal(t, "after-scope", cqrs.DeliveryAfterScope.String())
	assert.Equal(t, "unknown", cqrs.DeliveryMode(-1).String())
}

func TestEvents_Unhandled(t *testing.T) {
	t.Parallel()

	t.Run("are ignored by default", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Greeted{N: 1}, Joined{N: 2})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "joined 2"}, a.notes())
	})

	t.Run("fail the request with WithStrictEvents", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(_ context.Context, h *self[*tx], _ Join) error {
			h.Record(Joined{N: 1}, Greeted{N: 2}, Joined{N: 3})
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		err := a.start(bootstrap.WithStrictEvents()).Send(t.Context(), Join{})
		require.ErrorIs(t, err, cqrs.ErrUnhandledEvent)
		var e *cqrs.EventError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, reflect.TypeFor[Greeted](), e.Event)
		assert.Nil(t, e.Handler)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Joined]()}, e.NotDelivered)
		assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
	})

	t.Run("need no more than an after-scope handler with WithStrictEvents", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		require.NoError(t, a.start(bootstrap.WithStrictEvents()).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "mail 1"}, a.notes())
	})
}
