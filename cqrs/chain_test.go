package cqrs_test

import (
	"context"
	"iter"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// payment is a scoped middleware that notes the transaction that it was built with.
type payment struct {
	a  *app
	tx *tx
}

func (p *payment) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	p.a.note("pay in %d", p.tx.id)
	return next(ctx, in)
}

// paying provides the middleware.
func paying(a *app) cqrs.Middleware {
	a.withTx()
	a.provide(func(tx *tx) *payment { return &payment{a, tx} }, container.Scoped())
	return cqrs.Built[*payment]()
}

// sends sends a request of each kind, whose handlers need the *tx.
var sends = map[string]func(context.Context, *cqrs.Mediator) error{
	"a command": func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Join{}) },
	"a query":   func(ctx context.Context, m *cqrs.Mediator) error { _, err := cqrs.Send(ctx, m, Read{}); return err },
	"a stream": func(ctx context.Context, m *cqrs.Mediator) error {
		_, err := testkit.Drain(cqrs.Stream(ctx, m, Export{}))
		return err
	},
	"an event in the scope":    func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Joined{}) },
	"an event after the scope": func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Left{}) },
	"a chain":                  func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Leave{}) },
	"a fallback":               func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Close{}) },
}

// handlingAll binds a handler for each of sends, which calls do.
func handlingAll(a *app, do func() error) {
	h := func() error { a.note("handle"); return do() }
	command(a, func(context.Context, *self[*tx], Join) error { return h() })
	request(a, func(context.Context, *self[*tx], Read) (string, error) { return "", h() })
	stream(a, func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			if err := h(); err != nil {
				yield(0, err)
			}
		}
	})
	on[first](a, func(context.Context, *self[*tx], Joined) error { return h() })
	on[first](a, func(context.Context, *self[*tx], Left) error { return h() }, cqrs.AfterScope())
	passing := func(context.Context, *self[*tx], Leave) error { return cqrs.ErrNotHandled }
	bindTarget(a, cqrs.Chain(commandTo[first](a, passing),
		commandTo[second](a, func(context.Context, *self[*tx], Leave) error { return h() })))
	failing := func(context.Context, *self[*tx], Close) error { return errOther }
	bindTarget(a, cqrs.Fallback(commandTo[first](a, failing),
		commandTo[second](a, func(context.Context, *self[*tx], Close) error { return h() }), nil))
}

func TestNext_AtEveryLayer(t *testing.T) {
	t.Parallel()
	for kind, send := range sends {
		t.Run("of "+kind+", called late, is an error and builds nothing", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			pay := paying(a)
			handlingAll(a, func() error { return nil })
			var late []func() error
			keep := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				late = append(late, func() error { _, err := next(ctx, in); return err })
				return next(ctx, in)
			})
			m := a.start(bootstrap.WithMiddleware(keep, pay, keep), bootstrap.WithMiddleware(cqrs.AroundScope(keep)))
			require.NoError(t, send(t.Context(), m))
			calls := len(late)
			require.GreaterOrEqual(t, calls, 3)
			a.notes()
			for _, next := range late {
				require.ErrorIs(t, next(), cqrs.ErrRequestEnded)
			}
			assert.Empty(t, a.notes())
			require.NoError(t, send(t.Context(), m), "the next request has nothing of it")
			assert.NotContains(t, a.notes(), "pay in 1")
		})

		t.Run("of "+kind+", left running by middleware, is waited for before the scope closes", func(t *testing.T) {
			t.Parallel()
			for _, before := range []bool{true, false} { // the middleware that the container builds
				a := newApp(t)
				pay := paying(a)
				begun, finish := make(chan struct{}), make(chan struct{})
				handlingAll(a, func() error {
					close(begun)
					<-finish
					return nil
				})
				leave := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					go func() { _, _ = next(ctx, in) }()
					<-begun
					defer close(finish)
					return nil, errOther
				})
				layers := []cqrs.Middleware{leave, pay}
				if before {
					layers = []cqrs.Middleware{pay, leave}
				}
				err := send(t.Context(), a.start(bootstrap.WithMiddleware(layers...)))
				require.ErrorIs(t, err, errOther)
				notes := a.notes()
				assert.Equal(t, "rollback", notes[len(notes)-1][:len("rollback")], notes)
			}
		})

		t.Run("of "+kind+", called by two goroutines at once, builds a scoped middleware once", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			pay := paying(a)
			handlingAll(a, func() error { return nil })
			twice := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
				var wg sync.WaitGroup
				wg.Go(func() { _, _ = next(ctx, in) })
				result, err = next(ctx, in)
				wg.Wait()
				return result, err
			})
			require.NoError(t, send(t.Context(), a.start(bootstrap.WithMiddleware(twice, pay))))
			scopes := 1
			assert.Equal(t, scopes, a.scopes)
		})
	}

	for place, option := range middlewarePlaces {
		t.Run("of a superseded attempt is an error, and builds nothing, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			command(a, func(_ context.Context, h *self[*tx], _ Join) error {
				a.note("join")
				h.Record(Joined{N: h.need.id})
				return nil
			})
			on[first](a, noting[Joined](a, "joined"))
			goOn, stale := make(chan struct{}), make(chan error)
			attempt := 0
			m := a.start(option(
				onlyKind(cqrs.KindCommand, func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					if result, err := next(ctx, in); err == nil {
						return result, nil
					}
					return next(ctx, in)
				}),
				onlyKind(cqrs.KindCommand, func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					if attempt++; attempt == 1 {
						go func() { <-goOn; _, err := next(ctx, in); stale <- err }()
						return nil, context.DeadlineExceeded
					}
					close(goOn)
					assert.ErrorIs(t, <-stale, cqrs.ErrRequestEnded)
					return next(ctx, in)
				})))
			require.NoError(t, m.Send(t.Context(), Join{}))
			assert.Equal(t, []string{"join", "joined 1", "commit 1"}, a.notes())
		})

		t.Run("that failed or was not called passes on no events, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			joinRecords(a, joined(1)...)
			on[first](a, noting[Joined](a, "joined"))
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Join{}) })
			calls := 0
			m := a.start(option(
				onlyKind(cqrs.KindCommand, func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					if _, is := in.Message().(Join); !is {
						return next(ctx, in)
					}
					_, _ = next(ctx, in)
					_, _ = next(ctx, in)
					return cqrs.Unit{}, nil
				}),
				onlyKind(cqrs.KindCommand, func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					if _, is := in.Message().(Join); !is {
						return next(ctx, in)
					}
					if calls++; calls%2 == 0 {
						return cqrs.Unit{}, nil // it answers itself
					}
					_, _ = next(ctx, in)
					return nil, errOther
				})))
			require.NoError(t, m.Send(t.Context(), Leave{}))
			assert.Equal(t, []string{"join"}, a.notes())
		})
	}

	t.Run("called only after the middleware has returned is an error, and builds nothing", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(context.Context, *self[cqrs.Sender], Join) error { a.note("join"); return nil })
		late, returned := make(chan error, 1), make(chan struct{})
		require.NoError(t, a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			go func() {
				<-returned
				_, err := next(ctx, in)
				late <- err
			}()
			return cqrs.Unit{}, nil
		})).Send(t.Context(), Join{}))
		close(returned)
		require.ErrorIs(t, <-late, cqrs.ErrRequestEnded)
		assert.Empty(t, a.notes())
	})

	t.Run("left running is waited for if the handler has a Sender", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		begun, finish, done := make(chan struct{}), make(chan struct{}), false
		command(a, func(context.Context, *self[cqrs.Sender], Join) error {
			close(begun)
			<-finish
			done = true
			return nil
		})
		err := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			go func() { _, _ = next(ctx, in) }()
			<-begun
			defer close(finish)
			return nil, errOther
		})).Send(t.Context(), Join{})
		require.ErrorIs(t, err, errOther)
		assert.True(t, done)
	})
}
