package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Messages that validate themselves: Validate returns the error that they hold, if any.
type (
	validated struct {
		cqrs.Command
		Problem error
	}
	validatedRead struct {
		cqrs.Query[string]
		Problem error
	}
	validatedExport struct {
		cqrs.StreamOf[int]
		Problem error
	}
	validatedEvent struct {
		cqrs.DomainEvent
		Problem error
	}
	askingContext     struct{ cqrs.Command }
	validatedPointer  struct{ cqrs.Command }
	pointerEvent      struct{ cqrs.DomainEvent }
	validatedOddly    struct{ cqrs.Command }
	oddlyOnPointer    struct{ cqrs.Query[string] }
	panickingValidate struct{ cqrs.Command }
)

func (c validated) Validate(context.Context) error         { return c.Problem }
func (q validatedRead) Validate(context.Context) error     { return q.Problem }
func (s validatedExport) Validate(context.Context) error   { return s.Problem }
func (e validatedEvent) Validate(context.Context) error    { return e.Problem }
func (askingContext) Validate(ctx context.Context) error   { return ctx.Err() }
func (*validatedPointer) Validate(context.Context) error   { return nil }
func (*pointerEvent) Validate(context.Context) error       { return nil }
func (validatedOddly) Validate() error                     { return nil }
func (*oddlyOnPointer) Validate(...string) (bool, error)   { return true, nil }
func (panickingValidate) Validate(_ context.Context) error { panic(errOther) }

func invalid(t *testing.T, err error) *middleware.ValidationError {
	t.Helper()
	require.ErrorIs(t, err, middleware.ErrInvalid)
	e, ok := errors.AsType[*middleware.ValidationError](err)
	require.True(t, ok, "%v", err)
	return e
}

func TestValidation(t *testing.T) {
	t.Parallel()

	t.Run("rejects an invalid message before its handler is built", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.withTx(nil)
		command(a, func(context.Context, *self[*tx], validated) error { a.Note("handle"); return nil })
		m := a.start(middleware.Validation())
		err := m.Send(t.Context(), validated{Problem: errOther})
		assert.Equal(t, &middleware.ValidationError{Message: reflect.TypeFor[validated](), Err: errOther}, err)
		require.ErrorIs(t, err, middleware.ErrInvalid)
		require.ErrorIs(t, err, errOther)
		assert.Empty(t, a.Notes())

		require.NoError(t, m.Send(t.Context(), validated{}))
		assert.Equal(t, []string{"begin", "handle", "commit"}, a.Notes())
	})

	t.Run("lets errors.As reach an error of the message's own type", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[validated](nil))
		err := a.start(middleware.Validation()).Send(t.Context(), validated{Problem: fmt.Errorf("no: %w", &valueOf{"own"})})
		own, ok := errors.AsType[*valueOf](err)
		require.True(t, ok)
		assert.Equal(t, "own", own.text)
	})

	t.Run("applies to queries and streams too", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		query(a, func(context.Context, *self[nothing], validatedRead) (string, error) { return "all", nil })
		stream(a, yields[validatedExport](nil, 1))
		m := a.start(middleware.Validation())

		got, err := cqrs.Send(t.Context(), m, validatedRead{Problem: errOther})
		assert.Equal(t, reflect.TypeFor[validatedRead](), invalid(t, err).Message)
		assert.Empty(t, got)
		got, err = cqrs.Send(t.Context(), m, validatedRead{})
		require.NoError(t, err)
		assert.Equal(t, "all", got)

		items, err := testkit.Drain(cqrs.Stream(t.Context(), m, validatedExport{Problem: errOther}))
		assert.Equal(t, reflect.TypeFor[validatedExport](), invalid(t, err).Message)
		assert.Empty(t, items)
		items, err = testkit.Drain(cqrs.Stream(t.Context(), m, validatedExport{}))
		require.NoError(t, err)
		assert.Equal(t, []int{1}, items)
	})

	t.Run("of an event fails the request that raised it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.withTx(nil)
		command(a, func(_ context.Context, h *self[*tx], _ join) error {
			h.Record(validatedEvent{Problem: errOther})
			return nil
		})
		on(a, func(context.Context, *self[nothing], validatedEvent) error { a.Note("handle"); return nil })
		err := a.start(middleware.Validation()).Send(t.Context(), join{})
		assert.Equal(t, reflect.TypeFor[validatedEvent](), invalid(t, err).Message)
		_, ok := errors.AsType[*cqrs.EventError](err)
		assert.True(t, ok)
		assert.Equal(t, []string{"begin", "rollback"}, a.Notes())
	})

	t.Run("of an event after the scope leaves the request done", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, raises[join](validatedEvent{Problem: errOther}))
		on(a, returns[validatedEvent](nil), cqrs.AfterScope())
		err := a.start(middleware.Validation()).Send(t.Context(), join{})
		invalid(t, err)
		assert.True(t, cqrs.Done(err))
	})

	t.Run("asks an event that was bound as an interface", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on(a, returns[cqrs.Event](nil))
		m := a.start(middleware.Validation())
		require.NoError(t, m.Publish(t.Context(), joined{}))
		require.NoError(t, m.Publish(t.Context(), validatedEvent{}))
		err := m.Publish(t.Context(), validatedEvent{Problem: errOther})
		assert.Equal(t, reflect.TypeFor[validatedEvent](), invalid(t, err).Message)
	})

	t.Run("applies to nested messages too", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ join) error {
			return h.need.Send(ctx, validated{Problem: errOther})
		})
		command(a, returns[validated](nil))
		assert.Equal(t, reflect.TypeFor[validated](), invalid(t,
			a.start(middleware.Validation()).Send(t.Context(), join{})).Message)
	})

	t.Run("gives Validate the context", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[askingContext](nil))
		ctx, cancel := context.WithCancel(t.Context())
		m := a.start(middleware.Validation())
		require.NoError(t, m.Send(ctx, askingContext{}))
		cancel()
		err := m.Send(ctx, askingContext{})
		invalid(t, err)
		require.ErrorIs(t, err, context.Canceled)
	})

	t.Run("leaves a panic of Validate a panic", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[panickingValidate](nil))
		err := a.start(middleware.Validation()).Send(t.Context(), panickingValidate{})
		_, ok := errors.AsType[*cqrs.PanicError](err)
		assert.True(t, ok, "%v", err)
	})

	t.Run("leaves messages without Validate alone", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](errHandler))
		assert.Equal(t, errHandler, a.start(middleware.Validation()).Send(t.Context(), join{}))
	})

	t.Run("does not leave the request done", func(t *testing.T) {
		t.Parallel()
		inner := newApp(t)
		command(inner, raises[join](joined{}))
		on(inner, returns[joined](errHandler), cqrs.AfterScope())
		sideEffect := inner.start().Send(t.Context(), join{})
		require.True(t, cqrs.Done(sideEffect))

		a := newApp(t)
		command(a, returns[validated](nil))
		err := a.start(cqrs.AroundScope(middleware.Validation())).Send(t.Context(), validated{Problem: sideEffect})
		invalid(t, err)
		assert.False(t, cqrs.Done(err))
	})
}

func TestValidation_is_checked_at_start_up(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	command(a, returns[validated](nil))
	command(a, returns[join](nil))
	stream(a, func(context.Context, *self[nothing], export) iter.Seq2[int, error] { return nil })
	on(a, returns[cqrs.Event](nil))
	require.Empty(t, a.problems(middleware.Validation()))

	command(a, returns[validatedPointer](nil))
	command(a, returns[validatedOddly](nil))
	query(a, func(context.Context, *self[nothing], oddlyOnPointer) (string, error) { return "", nil })
	on(a, returns[pointerEvent](nil))
	on(a, func(context.Context, *self[cqrs.Sender], pointerEvent) error { return nil })
	problems := a.problems(middleware.Validation())
	var messages []reflect.Type
	for _, p := range problems {
		invalid, ok := errors.AsType[*middleware.ConfigError](p)
		require.True(t, ok)
		assert.Equal(t, "Validation", invalid.Middleware)
		messages = append(messages, invalid.Message)
	}
	assert.Equal(t, []reflect.Type{
		reflect.TypeFor[validatedPointer](), reflect.TypeFor[validatedOddly](), reflect.TypeFor[oddlyOnPointer](),
		reflect.TypeFor[pointerEvent](),
	}, messages, "each once")
}
