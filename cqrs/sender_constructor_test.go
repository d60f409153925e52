package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// courier is a scoped value that keeps a Sender. It is built before the constructors that
// send through it.
type courier struct{ cqrs.Sender }

// deep calls f with the given number of stack frames above it.
func deep(frames int, f func() error) error {
	if frames == 0 {
		return f()
	}
	return deep(frames-1, f)
}

// TestConstructor_Sends sends from a constructor for a nested command, in its own request.
// That would wait for itself, so it is an error.
func TestConstructor_Sends(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(ctx context.Context, other *cqrs.Mediator, s cqrs.Sender) error{
		"a command": func(ctx context.Context, _ *cqrs.Mediator, s cqrs.Sender) error { return s.Send(ctx, Close{}) },
		"an event":  func(ctx context.Context, _ *cqrs.Mediator, s cqrs.Sender) error { return s.Publish(ctx, Joined{}) },
		"a command, from 600 frames down": func(ctx context.Context, _ *cqrs.Mediator, s cqrs.Sender) error {
			return deep(600, func() error { return s.Send(ctx, Close{}) })
		},
		"a command, from 20,000 frames down": func(ctx context.Context, _ *cqrs.Mediator, s cqrs.Sender) error {
			return deep(20_000, func() error { return s.Send(ctx, Close{}) })
		},
		"a command, in another request": func(ctx context.Context, other *cqrs.Mediator, s cqrs.Sender) error {
			return other.Run(ctx, func(ctx context.Context, _ cqrs.Sender) error { return s.Send(ctx, Close{}) })
		},
		"a command, in the handler of another request": func(ctx context.Context, other *cqrs.Mediator, s cqrs.Sender) error {
			_, err := cqrs.Send(context.WithValue(ctx, courier{}, s), other, Count{})
			return err
		},
		"a command, in a stream of another request": func(ctx context.Context, other *cqrs.Mediator, s cqrs.Sender) error {
			var err error
			for range cqrs.Stream(ctx, other, Export{}) {
				err = s.Send(ctx, Close{})
			}
			return err
		},
		"a stream": func(ctx context.Context, _ *cqrs.Mediator, s cqrs.Sender) error {
			_, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
			return err
		},
	} {
		t.Run(name+" gets an error", func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			var other *cqrs.Mediator
			a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
			command(a, func(ctx context.Context, h *self[struct {
				dig.In
				Courier *courier // built before the constructor that sends
				Sender  cqrs.Sender
			}], _ Join) error {
				return h.need.Sender.Send(ctx, Leave{})
			})
			var sent error
			a.provide(func(ctx context.Context, c *courier) *int {
				sent = send(ctx, other, c.Sender)
				return new(int)
			}, container.Scoped())
			command(a, func(context.Context, *self[*int], Leave) error { return nil })
			command(a, func(context.Context, *self[*tx], Close) error { return nil })
			request(a, func(ctx context.Context, _ *self[*tx], _ Count) (int, error) {
				return 0, ctx.Value(courier{}).(cqrs.Sender).Send(ctx, Close{})
			})
			stream(a, itemsOf(1))
			m := a.start()
			other = m
			require.NoError(t, m.Send(t.Context(), Join{}))
			require.ErrorIs(t, sent, cqrs.ErrConstructing)
			require.NoError(t, m.Send(t.Context(), Close{}), "the next request succeeds")
		})
	}

	t.Run("after it has returned is allowed", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
		command(a, func(ctx context.Context, h *self[*courier], _ Join) error { return h.need.Send(ctx, Close{}) })
		command(a, func(context.Context, *self[*tx], Close) error { a.note("close"); return nil })
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"close", "commit 1"}, a.notes())
	})
}

func TestSender_InAConstructor(t *testing.T) {
	t.Parallel()

	t.Run("must not send, which is an error and does not block", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		a.provide(func(ctx context.Context, s cqrs.Sender) (*int, error) { return new(int), s.Send(ctx, Leave{}) },
			container.Scoped())
		command(a, func(context.Context, *self[*int], Join) error { return nil })
		err := a.start().Send(t.Context(), Join{})
		require.ErrorIs(t, err, cqrs.ErrConstructing)
		assert.Empty(t, a.notes())
	})

	t.Run("must not stream", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2))
		a.provide(func(ctx context.Context, s cqrs.Sender) (*int, error) {
			_, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
			return new(int), err
		}, container.Scoped())
		command(a, func(context.Context, *self[struct {
			dig.In
			Tx *tx
			N  *int
		}], Join) error {
			return nil
		})
		require.ErrorIs(t, a.start().Send(t.Context(), Join{}), cqrs.ErrConstructing)
	})

	t.Run("of a nested handler must not send, and the outer handler goes on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		a.provide(func(ctx context.Context, s cqrs.Sender) (*int, error) { return new(int), s.Send(ctx, Leave{}) },
			container.Scoped())
		command(a, func(context.Context, *self[*int], Close) error { return nil })
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			require.ErrorIs(t, h.need.Send(ctx, Close{}), cqrs.ErrConstructing)
			return h.need.Send(ctx, Leave{N: 1})
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"leave 1 in 1", "commit 1"}, a.notes())
	})

	t.Run("can send through the Mediator, which opens another scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		var m *cqrs.Mediator
		a.provide(func(ctx context.Context, _ cqrs.Sender) (*int, error) { return new(int), m.Send(ctx, Leave{N: 5}) },
			container.Scoped())
		command(a, func(context.Context, *self[*int], Join) error { return nil })
		m = a.start()
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"leave 5 in 1", "commit 1"}, a.notes())
	})

	t.Run("of a handler must not send, from any goroutine and to any handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		type H = *commandHandler[Join, cqrs.Sender]
		var sent, published error
		a.provide(func(s cqrs.Sender) H {
			done := make(chan error)
			go func() { done <- s.Send(t.Context(), Join{}) }()
			sent = <-done
			published = s.Publish(t.Context(), Joined{})
			return &commandHandler[Join, cqrs.Sender]{do: func(context.Context, *self[cqrs.Sender], Join) error { return nil }}
		})
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[H](m) })
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		require.ErrorIs(t, sent, cqrs.ErrConstructing)
		require.ErrorIs(t, published, cqrs.ErrConstructing)
	})
}
