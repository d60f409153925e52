package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// brokenSource is a handler whose method Events panics.
type brokenSource struct{}

func (*brokenSource) Handle(context.Context, Join) error { return nil }
func (*brokenSource) Events() []cqrs.Event               { panic(errOther) }

// brokenStream is a stream handler whose method Events panics.
type brokenStream struct{}

func (*brokenStream) Handle(context.Context, Export) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) { yield(1, nil) }
}
func (*brokenStream) Events() []cqrs.Event { panic(errOther) }

func TestPanic(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		build   func(a *app) []bootstrap.Option
		handler reflect.Type // that the error names, or nil
		where   string       // that it names otherwise
	}{
		{"in a handler", func(a *app) []bootstrap.Option {
			command(a, func(context.Context, *self[nothing], Join) error { panic(errOther) })
			return nil
		}, reflect.TypeFor[*commandHandler[Join, nothing]](), ""},
		{"in a handler with scoped dependencies", func(a *app) []bootstrap.Option {
			a.withTx()
			command(a, func(context.Context, *self[*tx], Join) error { panic(errOther) })
			return nil
		}, reflect.TypeFor[*commandHandler[Join, *tx]](), ""},
		{"in a scoped constructor", func(a *app) []bootstrap.Option {
			a.provide(func() *tx { panic(errOther) }, container.Scoped())
			command(a, func(context.Context, *self[*tx], Join) error { return nil })
			return nil
		}, nil, "a constructor for *cqrs_test.commandHandler["},
		{"in the constructor of a handler", func(a *app) []bootstrap.Option {
			a.provide(func() *brokenSource { panic(errOther) })
			a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*brokenSource](m) })
			return nil
		}, nil, "a constructor for *cqrs_test.brokenSource"},
		{"in Events", func(a *app) []bootstrap.Option {
			a.provide(func() *brokenSource { return new(brokenSource) })
			a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*brokenSource](m) })
			return nil
		}, reflect.TypeFor[*brokenSource](), ""},
		{"in a middleware", func(a *app) []bootstrap.Option {
			command(a, func(context.Context, *self[nothing], Join) error { return nil })
			return []bootstrap.Option{with(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(errOther) })}
		}, nil, "the middleware at "},
		{"in an event handler", func(a *app) []bootstrap.Option {
			joinRecords(a, joined(1)...)
			on[first](a, func(context.Context, *self[nothing], Joined) error { panic(errOther) })
			return nil
		}, reflect.TypeFor[*eventHandler[first, Joined, nothing]](), ""},
		{"in the constructor of an event handler", func(a *app) []bootstrap.Option {
			joinRecords(a, joined(1)...)
			a.provide(func() *tx { panic(errOther) }, container.Scoped())
			on[first](a, func(context.Context, *self[*tx], Joined) error { return nil })
			return nil
		}, nil, "a constructor for *cqrs_test.eventHandler["},
		{"in an after-scope handler", func(a *app) []bootstrap.Option {
			joinRecords(a, joined(1)...)
			on[first](a, func(context.Context, *self[nothing], Joined) error { panic(errOther) }, cqrs.AfterScope())
			return nil
		}, reflect.TypeFor[*eventHandler[first, Joined, nothing]](), ""},
		{"in a finalizer", func(a *app) []bootstrap.Option {
			withFinalizer[int](a, func(context.Context, error) error { panic(errOther) })
			command(a, func(context.Context, *self[*int], Join) error { return nil })
			return nil
		}, nil, "the finalizer of *int from "},
	}
	for _, test := range tests {
		t.Run(test.name+" is a PanicError, and the next request is fine", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			opts := test.build(a)
			request(a, func(context.Context, *self[nothing], Read) (string, error) { return "fine", nil })
			m := a.start(opts...)
			for range 2 {
				err := m.Send(t.Context(), Join{})
				p, ok := errors.AsType[*cqrs.PanicError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, errOther, p.Value)
				require.ErrorIs(t, err, errOther, "the value of the panic is an error, which is in the chain")
				assert.Contains(t, string(p.Stack), "panic_test.go", "the stack is that of the panic")
				assert.Equal(t, test.handler, p.Handler)
				assert.Equal(t, test.where == "", p.Where == "", p.Where)
				assert.Contains(t, p.Where, test.where)
				assert.Regexp(t, `/panic_test\.go:\d+$`, p.Site)
				assert.Contains(t, err.Error(), p.Site)
			}
			if len(opts) == 0 {
				got, err := cqrs.Send(t.Context(), m, Read{})
				require.NoError(t, err)
				assert.Equal(t, "fine", got)
			}
		})
	}

	t.Run("with a value that is not an error wraps nothing", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], Join) error { panic("text") })
		p, ok := errors.AsType[*cqrs.PanicError](a.start().Send(t.Context(), Join{}))
		require.True(t, ok)
		assert.Equal(t, "text", p.Value)
		assert.NoError(t, p.Unwrap())
		assert.Equal(t, reflect.TypeFor[Join](), p.Message)
	})

	t.Run("in Events of a stream handler is an error of the stream", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *brokenStream { return new(brokenStream) })
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindStream[*brokenStream](m) })
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.ErrorIs(t, err, errOther)
		assert.Empty(t, got)
	})

	t.Run("returns the zero result", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(context.Context, *self[nothing], Count) (n int, err error) {
			n = 42
			panic("no")
		})
		got, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.Error(t, err)
		assert.Zero(t, got)
	})

	t.Run("in a mapper is an error of bootstrap.New", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.events = append(a.events, func(*cqrs.EventMap) { panic(errOther) })
		_, err := a.tryStart()
		require.ErrorIs(t, err, bootstrap.ErrMapper)
		require.ErrorIs(t, err, errOther)
	})
}

func TestGoexit(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		send func(a *app) func(m *cqrs.Mediator)
	}{
		{"in a handler", func(a *app) func(*cqrs.Mediator) {
			command(a, func(context.Context, *self[*struct{}], Join) error { runtime.Goexit(); return nil })
			return func(m *cqrs.Mediator) { _ = m.Send(context.Background(), Join{}) }
		}},
		{"in an event handler", func(a *app) func(*cqrs.Mediator) {
			command(a, func(_ context.Context, h *self[*struct{}], _ Join) error { h.Record(Joined{}); return nil })
			on[first](a, func(context.Context, *self[*struct{}], Joined) error { runtime.Goexit(); return nil })
			return func(m *cqrs.Mediator) { _ = m.Send(context.Background(), Join{}) }
		}},
		{"in a nested handler", func(a *app) func(*cqrs.Mediator) {
			command(a, func(context.Context, *self[*struct{}], Leave) error { runtime.Goexit(); return nil })
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error { return h.need.Send(ctx, Leave{}) })
			return func(m *cqrs.Mediator) { _ = m.Send(context.Background(), Join{}) }
		}},
		{"in the handler of a stream", func(a *app) func(*cqrs.Mediator) {
			stream(a, func(context.Context, *self[*struct{}], Export) iter.Seq2[int, error] {
				return func(func(int, error) bool) { runtime.Goexit() }
			})
			return func(m *cqrs.Mediator) { _, _ = testkit.Drain(cqrs.Stream(context.Background(), m, Export{})) }
		}},
		{"in the function passed to Run", func(a *app) func(*cqrs.Mediator) {
			command(a, func(context.Context, *self[*struct{}], Leave) error { return nil })
			return func(m *cqrs.Mediator) {
				_ = m.Run(context.Background(), func(ctx context.Context, s cqrs.Sender) error {
					_ = s.Send(ctx, Leave{})
					runtime.Goexit()
					return nil
				})
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name+" ends the goroutine, and the finalizers get ErrExit", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			var outcomes []error
			withFinalizer[struct{}](a, func(_ context.Context, outcome error) error {
				outcomes = append(outcomes, outcome)
				return nil
			})
			send := test.send(a)
			m := a.start()
			for n := range 2 {
				returned := false
				testkit.OnGoroutine(func() { send(m); returned = true })
				assert.False(t, returned)
				require.Len(t, outcomes, n+1)
				require.ErrorIs(t, outcomes[n], cqrs.ErrExit)
			}
		})
	}

	t.Run("in the consumer of a stream stops the stream", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		m := a.start()
		testkit.OnGoroutine(func() {
			for range cqrs.Stream(context.Background(), m, Export{}) {
				runtime.Goexit()
			}
		})
		assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
	})
}
