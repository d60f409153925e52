package middleware_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// restricted is implemented by messages that require a role.
type restricted interface{ RequiredRole() string }

type (
	restrictedCommand struct{ cqrs.Command }
	restrictedRead    struct{ cqrs.Query[string] }
	restrictedExport  struct{ cqrs.StreamOf[int] }
	restrictedEvent   struct{ cqrs.DomainEvent }
	pointerCommand    struct{ cqrs.Command }
	pointerRead       struct{ cqrs.Query[string] }

	// commandAboveQuery is a command, although it embeds a query as well.
	commandAboveQuery struct {
		cqrs.Command
		read
	}
)

func (restrictedCommand) RequiredRole() string { return "command" }
func (restrictedRead) RequiredRole() string    { return "query" }
func (restrictedExport) RequiredRole() string  { return "stream" }
func (restrictedEvent) RequiredRole() string   { return "event" }
func (*pointerCommand) RequiredRole() string   { return "command" }
func (*pointerRead) RequiredRole() string      { return "query" }

type roleKey struct{}

func as(ctx context.Context, role string) context.Context {
	return context.WithValue(ctx, roleKey{}, role)
}

// allow permits what the role in the context allows.
func allow(ctx context.Context, message restricted) error {
	if ctx.Value(roleKey{}) != message.RequiredRole() {
		return errOther
	}
	return nil
}

func denied(t *testing.T, err error) *middleware.AuthorizationError {
	t.Helper()
	require.ErrorIs(t, err, middleware.ErrDenied)
	e, ok := errors.AsType[*middleware.AuthorizationError](err)
	require.True(t, ok, "%v", err)
	return e
}

func TestAuthorization(t *testing.T) {
	t.Parallel()

	t.Run("rejects a command before its handler is built", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.withTx(nil)
		command(a, func(context.Context, *self[*tx], restrictedCommand) error { a.Note("handle"); return nil })
		m := a.start(middleware.Authorization(allow))
		err := m.Send(as(t.Context(), "query"), restrictedCommand{})
		assert.Equal(t, &middleware.AuthorizationError{
			Message: reflect.TypeFor[restrictedCommand](), Handler: reflect.TypeFor[*commandHandler[restrictedCommand, *tx]](),
			Err: errOther,
		}, err)
		require.ErrorIs(t, err, middleware.ErrDenied)
		require.ErrorIs(t, err, errOther)
		assert.Empty(t, a.Notes())

		require.NoError(t, m.Send(as(t.Context(), "command"), restrictedCommand{}))
		assert.Equal(t, []string{"begin", "handle", "commit"}, a.Notes())
	})

	t.Run("lets anyone send exempt messages, and messages that are not commands", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		query(a, func(context.Context, *self[nothing], read) (string, error) { return "all", nil })
		on(a, returns[joined](nil))
		m := a.start(middleware.Authorization(allow, middleware.Exempt[join]()))
		require.NoError(t, m.Send(t.Context(), join{}))
		require.NoError(t, m.Publish(t.Context(), joined{}))
		_, err := cqrs.Send(t.Context(), m, read{})
		require.NoError(t, err)
	})

	t.Run("checks queries and streams that ask for it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		query(a, func(context.Context, *self[nothing], restrictedRead) (string, error) { return "all", nil })
		stream(a, yields[restrictedExport](nil, 1))
		m := a.start(middleware.Authorization(allow))
		got, err := cqrs.Send(t.Context(), m, restrictedRead{})
		assert.Equal(t, reflect.TypeFor[restrictedRead](), denied(t, err).Message)
		assert.Empty(t, got)
		got, err = cqrs.Send(as(t.Context(), "query"), m, restrictedRead{})
		require.NoError(t, err)
		assert.Equal(t, "all", got)

		items, err := testkit.Drain(cqrs.Stream(t.Context(), m, restrictedExport{}))
		assert.Equal(t, reflect.TypeFor[restrictedExport](), denied(t, err).Message)
		assert.Empty(t, items)
		items, err = testkit.Drain(cqrs.Stream(as(t.Context(), "stream"), m, restrictedExport{}))
		require.NoError(t, err)
		assert.Equal(t, []int{1}, items)
	})

	t.Run("checks events that ask for it, and undoes the request that raised one", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.withTx(nil)
		command(a, func(_ context.Context, h *self[*tx], _ join) error {
			h.Record(restrictedEvent{})
			return nil
		})
		on(a, func(context.Context, *self[nothing], restrictedEvent) error { a.Note("handle"); return nil })
		m := a.start(middleware.Authorization(allow, middleware.Exempt[join]()))
		denied(t, m.Send(t.Context(), join{}))
		assert.Equal(t, []string{"begin", "rollback"}, a.Notes())
		require.NoError(t, m.Send(as(t.Context(), "event"), join{}))
		assert.Equal(t, []string{"begin", "handle", "commit"}, a.Notes())
	})

	t.Run("asks an event that was bound as an interface", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on(a, returns[cqrs.Event](nil))
		m := a.start(middleware.Authorization(allow))
		require.NoError(t, m.Publish(t.Context(), joined{}))
		require.NoError(t, m.Publish(as(t.Context(), "event"), restrictedEvent{}))
		assert.Equal(t, reflect.TypeFor[restrictedEvent](), denied(t, m.Publish(t.Context(), restrictedEvent{})).Message)
	})

	t.Run("checks nested messages, with the context that they are sent with", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ join) error {
			denied(t, h.need.Send(ctx, restrictedCommand{}))
			return h.need.Send(as(ctx, "command"), restrictedCommand{})
		})
		command(a, returns[restrictedCommand](nil))
		require.NoError(t, a.start(middleware.Authorization(allow, middleware.Exempt[join]())).Send(t.Context(), join{}))
	})

	t.Run("rejects around the scope as well", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[restrictedCommand](nil))
		m := a.start(cqrs.AroundScope(middleware.Authorization(allow)))
		denied(t, m.Send(t.Context(), restrictedCommand{}))
		require.NoError(t, m.Send(as(t.Context(), "command"), restrictedCommand{}))
	})

	t.Run("leaves a panic of the check a panic", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[restrictedCommand](nil))
		err := a.start(middleware.Authorization(func(context.Context, restricted) error { panic(errOther) })).Send(
			t.Context(), restrictedCommand{})
		_, ok := errors.AsType[*cqrs.PanicError](err)
		assert.True(t, ok, "%v", err)
	})

	t.Run("may apply to every message", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		m := a.start(middleware.Authorization(func(_ context.Context, message any) error {
			a.Note("%T", message)
			return errOther
		}))
		denied(t, m.Send(t.Context(), join{}))
		assert.Equal(t, []string{"middleware_test.join"}, a.Notes())
	})
}

func TestAuthorization_is_checked_at_start_up(t *testing.T) {
	t.Parallel()

	// messages returns the message that each problem is about, nil for none.
	messages := func(t *testing.T, problems []error) (all []reflect.Type) {
		t.Helper()
		for _, p := range problems {
			invalid, ok := errors.AsType[*middleware.ConfigError](p)
			require.True(t, ok)
			assert.Equal(t, "Authorization", invalid.Middleware)
			assert.Contains(t, invalid.Where, "authorization_test.go:")
			assert.Equal(t, invalid.Message != nil, invalid.Bound != "")
			all = append(all, invalid.Message)
		}
		return all
	}
	none := []reflect.Type{nil}

	for _, test := range []struct {
		name  string
		build func(a *app) cqrs.Middleware
		want  []reflect.Type
	}{
		{"each command implements it or is exempt, and all else need not", func(a *app) cqrs.Middleware {
			command(a, returns[restrictedCommand](nil))
			command(a, returns[join](nil))
			query(a, func(context.Context, *self[nothing], read) (string, error) { return "", nil })
			stream(a, func(context.Context, *self[nothing], export) iter.Seq2[int, error] { return nil })
			on(a, returns[joined](nil))
			return middleware.Authorization(allow, middleware.Exempt[join]())
		}, nil},
		{"for commands that do neither", func(a *app) cqrs.Middleware {
			command(a, returns[join](nil))
			command(a, returns[leave](nil))
			return middleware.Authorization(allow)
		}, []reflect.Type{reflect.TypeFor[join](), reflect.TypeFor[leave]()}},
		{"for a command that embeds a query deeper down", func(a *app) cqrs.Middleware {
			command(a, returns[commandAboveQuery](nil))
			return middleware.Authorization(allow)
		}, []reflect.Type{reflect.TypeFor[commandAboveQuery]()}},
		{"for messages that implement it on the pointer, even if they need not", func(a *app) cqrs.Middleware {
			command(a, returns[pointerCommand](nil))
			query(a, func(context.Context, *self[nothing], pointerRead) (string, error) { return "", nil })
			return middleware.Authorization(allow)
		}, []reflect.Type{reflect.TypeFor[pointerCommand](), reflect.TypeFor[pointerRead]()}},
		{"for an exemption of a message that is not bound", func(*app) cqrs.Middleware {
			return middleware.Authorization(allow, middleware.Exempt[join]())
		}, none},
		{"for an exemption of a query", func(a *app) cqrs.Middleware {
			query(a, func(context.Context, *self[nothing], read) (string, error) { return "", nil })
			return middleware.Authorization(allow, middleware.Exempt[read]())
		}, []reflect.Type{reflect.TypeFor[read]()}},
		{"for an exemption of a message that is checked", func(a *app) cqrs.Middleware {
			command(a, returns[restrictedCommand](nil))
			return middleware.Authorization(allow, middleware.Exempt[restrictedCommand]())
		}, []reflect.Type{reflect.TypeFor[restrictedCommand]()}},
		{"for a duplicate exemption", func(a *app) cqrs.Middleware {
			command(a, returns[join](nil))
			return middleware.Authorization(allow, middleware.Exempt[join](), middleware.Exempt[join]())
		}, none},
		{"for each empty exemption", func(*app) cqrs.Middleware {
			return middleware.Authorization(allow, middleware.Exemption{}, middleware.Exemption{})
		}, []reflect.Type{nil, nil}},
		{"for a nil check", func(*app) cqrs.Middleware {
			return middleware.Authorization[restricted](nil)
		}, none},
		{"for a type that is not an interface, and then for nothing else", func(a *app) cqrs.Middleware {
			command(a, returns[join](nil))
			return middleware.Authorization(func(context.Context, restrictedCommand) error { return nil },
				middleware.Exempt[leave]())
		}, none},
		{"for the bindings that it wraps only", func(a *app) cqrs.Middleware {
			command(a, returns[join](nil))
			command(a, returns[restrictedCommand](nil), cqrs.WithMiddleware(middleware.Authorization(allow)))
			return middleware.Validation()
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			problems := a.problems(test.build(a))
			assert.Equal(t, test.want, messages(t, problems))
			for _, p := range problems {
				assert.NotContains(t, p.Error(), "nil>")
			}
		})
	}
}
