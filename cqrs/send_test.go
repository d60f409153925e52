package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestSend(t *testing.T) {
	t.Parallel()

	t.Run("returns the result of a query or command with the type that the message states", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(_ context.Context, _ *self[nothing], q Read) (string, error) { return "read", nil })
		request(a, func(_ context.Context, _ *self[nothing], c Count) (int, error) { return c.N + 1, nil })
		m := a.start()
		text, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		assert.Equal(t, "read", text)
		n, err := cqrs.Send(t.Context(), m, Count{N: 41})
		require.NoError(t, err)
		assert.Equal(t, 42, n)
	})

	t.Run("also sends a command without a result", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		_, err := cqrs.Send(t.Context(), a.start(), Join{})
		require.NoError(t, err)
		assert.Equal(t, []string{"join"}, a.notes())
	})

	t.Run("passes the message and the context to the handler", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		command(a, func(ctx context.Context, _ *self[nothing], c Join) error {
			assert.Equal(t, 7, c.N)
			assert.Equal(t, "value", ctx.Value(key{}))
			return nil
		})
		require.NoError(t, a.start().Send(context.WithValue(t.Context(), key{}, "value"), Join{N: 7}))
	})

	t.Run("returns the handler's error unchanged, and the zero result", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(context.Context, *self[nothing], Count) (int, error) { return 42, errHandler })
		got, err := cqrs.Send(t.Context(), a.start(), Count{})
		assert.Same(t, errHandler, err)
		assert.Zero(t, got)
	})

	t.Run("builds a handler for each message, and scoped values for each request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		seen := map[*self[*tx]]bool{}
		command(a, func(_ context.Context, h *self[*tx], _ Join) error {
			seen[h] = true
			a.note("%d", h.need.id)
			return nil
		})
		m := a.start()
		for range 3 {
			require.NoError(t, m.Send(t.Context(), Join{}))
		}
		assert.Len(t, seen, 3)
		assert.Equal(t, []string{"1", "commit 1", "2", "commit 2", "3", "commit 3"}, a.notes())
	})

	t.Run("returns the error of a constructor, with its name, and does not affect the next request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		broken := true
		a.provide(func() (*tx, error) {
			if broken {
				return nil, errOther
			}
			return new(tx), nil
		}, container.Scoped())
		command(a, func(context.Context, *self[*tx], Join) error { a.note("join"); return nil })
		m := a.start()
		err := m.Send(t.Context(), Join{})
		require.ErrorIs(t, err, errOther)
		require.ErrorContains(t, err, "*cqrs_test.tx")
		fault, ok := errors.AsType[*container.Error](err)
		require.True(t, ok)
		assert.Equal(t, container.ErrBuild, fault.Reason)
		broken = false
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join"}, a.notes())
	})

	t.Run("provides the request's context to constructors", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		command(a, func(_ context.Context, h *self[context.Context], _ Join) error {
			assert.Equal(t, "value", h.need.Value(key{}))
			return nil
		})
		require.NoError(t, a.start().Send(context.WithValue(t.Context(), key{}, "value"), Join{}))
	})

	t.Run("uses the one instance of a singleton handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		built := 0
		a.provide(func() *stateless { built++; return new(stateless) }, container.Singleton())
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*stateless](m) })
		m := a.start()
		for range 3 {
			require.NoError(t, m.Send(t.Context(), Join{}))
		}
		assert.Equal(t, 1, built)
	})
}

// A stateless handler can be a singleton.
type stateless struct{}

func (*stateless) Handle(context.Context, Join) error { return nil }

func TestSend_InvalidInput(t *testing.T) {
	t.Parallel()

	bound := func(t *testing.T) *cqrs.Mediator {
		a := newApp(t)
		joinRecords(a)
		request(a, func(context.Context, *self[nothing], Read) (string, error) { return "", nil })
		return a.start()
	}

	t.Run("rejects a nil context", func(t *testing.T) {
		t.Parallel()
		m := bound(t)
		var none context.Context
		require.ErrorIs(t, m.Send(none, Join{}), cqrs.ErrNilContext)
		require.ErrorIs(t, m.Publish(none, Joined{}), cqrs.ErrNilContext)
		_, err := cqrs.Send(none, m, Read{})
		require.ErrorIs(t, err, cqrs.ErrNilContext)
		require.NoError(t, m.Run(t.Context(), func(_ context.Context, s cqrs.Sender) error {
			require.ErrorIs(t, s.Send(none, Join{}), cqrs.ErrNilContext)
			require.ErrorIs(t, s.Publish(none, Joined{}), cqrs.ErrNilContext)
			return nil
		}))
	})

	t.Run("rejects a pointer, and reports its type", func(t *testing.T) {
		t.Parallel()
		m := bound(t)
		for _, p := range []*Join{{}, nil} {
			err := m.Send(t.Context(), p)
			require.ErrorIs(t, err, cqrs.ErrPointer)
			e, ok := errors.AsType[*cqrs.MessageError](err)
			require.True(t, ok)
			assert.Equal(t, reflect.TypeFor[*Join](), e.Message)
		}
		_, err := cqrs.Send(t.Context(), m, &Read{})
		require.ErrorIs(t, err, cqrs.ErrPointer)
		require.ErrorIs(t, m.Publish(t.Context(), &Joined{}), cqrs.ErrPointer)
	})

	t.Run("rejects nil", func(t *testing.T) {
		t.Parallel()
		m := bound(t)
		require.ErrorIs(t, m.Send(t.Context(), nil), cqrs.ErrNilMessage)
		require.ErrorIs(t, m.Publish(t.Context(), nil), cqrs.ErrNilMessage)
		var none cqrs.Request[string]
		_, err := cqrs.Send(t.Context(), m, none)
		require.ErrorIs(t, err, cqrs.ErrNilMessage)
	})

	t.Run("suggests bound messages with similar names for an unbound one", func(t *testing.T) {
		t.Parallel()
		type Joins struct{ cqrs.Command }
		err := bound(t).Send(t.Context(), Joins{})
		require.ErrorAs(t, err, new(*cqrs.NoHandlerError))
		e, ok := errors.AsType[*cqrs.NoHandlerError](err)
		require.True(t, ok)
		assert.Equal(t, reflect.TypeFor[Joins](), e.Message)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Join]()}, e.Suggestions)
	})

	t.Run("suggests nothing if no name is similar", func(t *testing.T) {
		t.Parallel()
		type Unknown struct{ cqrs.Query[int] }
		_, err := cqrs.Send(t.Context(), bound(t), Unknown{})
		e, ok := errors.AsType[*cqrs.NoHandlerError](err)
		require.True(t, ok)
		assert.Empty(t, e.Suggestions)
	})

	t.Run("fails the request if a handler records a pointer or nil", func(t *testing.T) {
		t.Parallel()
		for want, event := range map[error]cqrs.Event{cqrs.ErrPointer: &Joined{}, cqrs.ErrNilMessage: nil} {
			a := newApp(t)
			joinRecords(a, Greeted{N: 1}, event)
			on[first](a, noting[Greeted](a, "greeted"))
			require.ErrorIs(t, a.start().Send(t.Context(), Join{}), want)
			assert.Equal(t, []string{"join"}, a.notes())
		}
	})
}
