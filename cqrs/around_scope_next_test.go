package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestAroundScope_Next(t *testing.T) {
	t.Parallel()

	t.Run("called after the middleware has returned is an error, and builds no handler", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		stream(a, itemsOf(1))
		var late []func() error
		m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			late = append(late, func() error { _, err := next(ctx, in); return err })
			return next(ctx, in)
		}))
		_, err := cqrs.Send(t.Context(), m, Count{})
		require.NoError(t, err)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.NoError(t, err)
		a.notes()
		require.Len(t, late, 6, "each has recorded an event that two handle")
		for _, next := range late {
			require.ErrorIs(t, next(), cqrs.ErrRequestEnded)
		}
		assert.Empty(t, a.notes())
	})

	for kind, send := range map[cqrs.Kind]func(context.Context, *cqrs.Mediator) error{
		cqrs.KindCommand: func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Join{}) },
		cqrs.KindStream: func(ctx context.Context, m *cqrs.Mediator) error {
			_, err := testkit.Drain(cqrs.Stream(ctx, m, Export{}))
			return err
		},
		cqrs.KindEvent: func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Joined{}) },
	} {
		for place, option := range middlewarePlaces {
			t.Run("still running when the middleware returns is waited for, of a "+kind.String()+", "+place, func(t *testing.T) {
				t.Parallel()
				a := newApp(t).withTx()
				begun, finish := make(chan struct{}), make(chan struct{})
				work := func() error {
					close(begun)
					<-finish
					return errHandler
				}
				command(a, func(context.Context, *self[*tx], Join) error { return work() })
				stream(a, func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
					return func(yield func(int, error) bool) { yield(0, work()) }
				})
				on[first](a, func(context.Context, *self[*tx], Joined) error { return work() }, cqrs.AfterScope())
				m := a.start(option(passOn, func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					go func() { _, _ = next(ctx, in) }()
					<-begun
					defer close(finish)
					return nil, errOther
				}))
				require.ErrorIs(t, send(t.Context(), m), errOther)
				assert.Equal(t, []string{"rollback 1"}, a.notes(), "it has ended by now")
			})
		}
	}

	t.Run("called by several goroutines runs one handler at a time, each in its own scope", func(t *testing.T) {
		t.Parallel()
		const calls = 8
		for name, option := range middlewarePlaces {
			a := newApp(t).withTx()
			running, ran := 0, 0 // without a lock: the race detector tells
			request(a, func(_ context.Context, h *self[*tx], _ Count) (int, error) {
				running++
				runtime.Gosched()
				assert.Equal(t, 1, running, name)
				running--
				ran++
				h.Record(Joined{N: ran})
				return ran, nil
			})
			on[first](a, noting[Joined](a, "joined"))
			_, err := cqrs.Send(t.Context(), a.start(option(onlyKind(cqrs.KindCommand,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					var wg sync.WaitGroup
					for range calls {
						wg.Go(func() {
							_, err := next(ctx, in)
							assert.NoError(t, err)
						})
					}
					wg.Wait()
					return 0, nil
				}))), Count{})
			require.NoError(t, err)
			assert.Equal(t, calls, ran, name)
			if name == "around the scope" {
				assert.Len(t, a.notes(), 2*calls, "an event and a commit for each")
			} else {
				assert.Equal(t, []string{"joined 8", "commit 1"}, a.notes(), "the events of the last call")
			}
		}
	})

	t.Run("that exits the goroutine closes the scope and runs deferred functions", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		exits := true
		command(a, func(_ context.Context, h *self[*tx], _ Join) error {
			a.note("join")
			if exits {
				runtime.Goexit()
			}
			return nil
		})
		m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			defer a.note("end")
			return next(ctx, in)
		}))
		returned := false
		testkit.OnGoroutine(func() {
			_ = m.Send(t.Context(), Join{})
			returned = true
		})
		assert.False(t, returned)
		assert.Equal(t, []string{"join", "rollback 1", "end"}, a.notes())
		exits = false
		require.NoError(t, m.Send(t.Context(), Join{}), "the next request succeeds")
		assert.Equal(t, []string{"join", "commit 2", "end"}, a.notes())
	})
}

func TestAroundScope_Panics(t *testing.T) {
	t.Parallel()

	before := func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(errPanic) }
	after := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		_, _ = next(ctx, in)
		panic(errPanic)
	}

	t.Run("before next keep the handler from running", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		got, err := cqrs.Send(t.Context(), a.start(aroundScope(before)), Count{})
		p, is := errors.AsType[*cqrs.PanicError](err)
		require.True(t, is)
		require.ErrorIs(t, err, errPanic)
		assert.Contains(t, string(p.Stack), "around_scope_next_test.go")
		assert.Zero(t, got)
		assert.Empty(t, a.notes())
	})

	t.Run("after next do not undo the request, but discard the result", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		got, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand, after))), Count{})
		require.ErrorIs(t, err, errPanic)
		assert.False(t, cqrs.Done(err))
		assert.Zero(t, got)
		assert.Equal(t, []string{"count in 1", "joined 1", "commit 1", "mail 1"}, a.notes())
	})

	for name, test := range map[string]struct {
		around cqrs.MiddlewareFunc
		notes  []string
	}{
		"before next": {before, []string{"joined 1"}},
		"after next":  {after, []string{"joined 1", "mail 1"}},
	} {
		t.Run(name+" around an after-scope handler leave the request done", func(t *testing.T) {
			t.Parallel()
			a := counting(t, 1)
			m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				if in.Binding().Delivery() == cqrs.DeliveryAfterScope {
					return test.around(ctx, in, next)
				}
				return next(ctx, in)
			}))
			err := m.Publish(t.Context(), joined(1)...)
			require.ErrorIs(t, err, errPanic)
			assert.True(t, cqrs.Done(err))
			assert.Equal(t, test.notes, a.notes())
		})
	}

	t.Run("in the handler are returned to it as errors, so that it can retry", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		attempt := 0
		command(a, func(context.Context, *self[*tx], Join) error {
			if attempt++; attempt == 1 {
				panic(errPanic)
			}
			return nil
		})
		require.NoError(t, a.start(aroundScope(untilDone)).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"rollback 1", "commit 2"}, a.notes())
	})
}
