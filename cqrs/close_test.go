package cqrs_test

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// closable is an application with calls of every kind. Each of them calls pause, in a handler, and
// some of them send and raise more after it.
type closable struct {
	*durableApp
	pause    func(ctx context.Context)
	finished int // as Close has reported
	left     int
	reports  int
}

func newClosable(t *testing.T) *closable {
	a := &closable{durableApp: newDurableApp(t), pause: func(context.Context) {}}
	command(a.app, func(ctx context.Context, _ *self[nothing], c Join) error { // the short way
		a.pause(ctx)
		return nil
	})
	command(a.app, func(ctx context.Context, h *self[cqrs.Sender], c Leave) error {
		a.pause(ctx)
		h.Record(Left{N: c.N})
		return h.need.Send(ctx, Close{N: c.N})
	})
	command(a.app, func(_ context.Context, h *self[*outboxtest.Tx], c Close) error {
		a.note("nested %d", c.N)
		return nil
	})
	request(a.app, func(ctx context.Context, _ *self[*outboxtest.Tx], c Count) (int, error) {
		a.pause(ctx)
		return c.N, nil
	})
	stream(a.app, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) { _ = yield(1, nil) && yield(2, nil) }
	})
	on[first](a.app, func(ctx context.Context, _ *self[nothing], e Joined) error {
		a.pause(ctx)
		return nil
	}, cqrs.SubscriptionName("joined"))
	on[first](a.app, func(_ context.Context, _ *self[nothing], e Left) error {
		a.note("after %d", e.N)
		return nil
	}, cqrs.AfterScope())
	on[first](a.app, func(ctx context.Context, _ *self[nothing], e Greeted) error {
		a.pause(ctx)
		return nil
	}, cqrs.Durable("greeting"))
	a.requests = append(a.requests, func(m *cqrs.RequestMap) {
		cqrs.RegisterCommand(m, cqrs.CommandType[Count]{Name: "count"})
	})
	a.begin(bootstrap.WithObserver(cqrs.Observer{Closed: func(_ context.Context, finished, abandoned int) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.finished, a.left = finished, abandoned
		a.reports++
	}}))
	return a
}

// calls returns a call of each kind. The delivery is claimed here.
func (a *closable) calls(t *testing.T) map[string]func(context.Context) error {
	require.NoError(t, a.m.Publish(t.Context(), Greeted{N: 1}))
	claimed := a.claim("greeting")
	a.notes()
	return map[string]func(context.Context) error{
		"method Send":          func(ctx context.Context) error { return a.m.Send(ctx, Leave{N: 1}) },
		"method Send, short":   func(ctx context.Context) error { return a.m.Send(ctx, Join{N: 1}) },
		"function Send":        func(ctx context.Context) error { _, err := cqrs.Send(ctx, a.m, Count{N: 1}); return err },
		"function Send, short": func(ctx context.Context) error { _, err := cqrs.Send(ctx, a.m, Join{N: 1}); return err },
		"SendReport":           func(ctx context.Context) error { _, _, err := cqrs.SendReport(ctx, a.m, Leave{N: 1}); return err },
		"Preview":              func(ctx context.Context) error { _, err := cqrs.Preview(ctx, a.m, Join{N: 1}); return err },
		"Stream": func(ctx context.Context) error {
			for _, err := range cqrs.Stream(ctx, a.m, Export{}) {
				if err != nil {
					return err
				}
				a.pause(ctx)
			}
			return nil
		},
		"Publish":   func(ctx context.Context) error { return a.m.Publish(ctx, Joined{N: 1}) },
		"PublishTo": func(ctx context.Context) error { return a.m.PublishTo(ctx, "joined", Joined{N: 1}) },
		"Run": func(ctx context.Context) error {
			return a.m.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
				a.pause(ctx)
				return s.Send(ctx, Close{N: 1})
			})
		},
		"Deliver": func(ctx context.Context) error { return a.m.Deliverer().Deliver(ctx, claimed...) },
		"Journal": func(ctx context.Context) error {
			return a.m.Deliverer().Journal(ctx, func(cqrs.Journal) error { a.pause(ctx); return nil })
		},
	}
}

func TestMediator_Close(t *testing.T) {
	t.Parallel()

	t.Run("refuses calls of every kind", func(t *testing.T) {
		t.Parallel()
		a := newClosable(t)
		calls := a.calls(t)
		a.pause = func(context.Context) { t.Error("a call was not refused") }
		calls["PublishTo, durable"] = func(ctx context.Context) error { return a.m.PublishTo(ctx, "greeting", Greeted{N: 1}) }
		calls["Publish, nothing"] = func(ctx context.Context) error { return a.m.Publish(ctx) }
		calls["Schedule"] = func(ctx context.Context) error {
			_, err := cqrs.Schedule(ctx, a.m, Count{}, time.Time{})
			return err
		}
		calls["CancelScheduled"] = func(ctx context.Context) error {
			_, err := cqrs.CancelScheduled(ctx, a.m, "1")
			return err
		}
		require.NoError(t, a.m.Close(t.Context()))
		for name, call := range calls {
			err := call(t.Context())
			require.ErrorIs(t, err, cqrs.ErrClosed, name)
			_, is := err.(*cqrs.MessageError)
			assert.True(t, is, name)
		}
		assert.Empty(t, a.notes())
		assert.Equal(t, [3]int{0, 0, 1}, [3]int{a.finished, a.left, a.reports})
	})

	t.Run("waits for calls of every kind, and lets them do everything", func(t *testing.T) {
		t.Parallel()
		for name := range newClosable(t).calls(t) {
			synctest.Test(t, func(t *testing.T) {
				a := newClosable(t)
				call := a.calls(t)[name]
				a.pause = func(context.Context) { time.Sleep(time.Second) }
				var err error
				go func() { err = call(t.Context()) }()
				synctest.Wait()
				start := time.Now()
				require.NoError(t, a.m.Close(t.Context()), name)
				assert.GreaterOrEqual(t, time.Since(start), time.Second, name)
				synctest.Wait()
				require.NoError(t, err, name)
				assert.Equal(t, [3]int{1, 0, 1}, [3]int{a.finished, a.left, a.reports}, name)
				if name == "method Send" {
					assert.Equal(t, []string{"nested 1", "commit", "after 1"}, a.notes())
				}
			})
		}
	})

	t.Run("counts calls that end by a panic, by Goexit, or with an error as finished", func(t *testing.T) {
		t.Parallel()
		for _, end := range []func(){func() { panic(errPanic) }, runtime.Goexit} {
			for name := range newClosable(t).calls(t) {
				synctest.Test(t, func(t *testing.T) {
					a := newClosable(t)
					call := a.calls(t)[name]
					a.pause = func(context.Context) { time.Sleep(time.Second); end() }
					go func() {
						defer func() { _ = recover() }() // of the consumer of a stream
						_ = call(t.Context())
					}()
					synctest.Wait()
					require.NoError(t, a.m.Close(t.Context()), name)
					assert.Equal(t, [2]int{1, 0}, [2]int{a.finished, a.left}, name)
				})
			}
		}
	})

	t.Run("returns the numbers when its context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newClosable(t)
			a.pause = func(ctx context.Context) { time.Sleep(ctx.Value(pauseKey{}).(time.Duration)) }
			for second := range 5 {
				go func() {
					_ = a.m.Send(context.WithValue(t.Context(), pauseKey{}, time.Duration(second+1)*time.Second), Join{})
				}()
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			defer cancel()
			err := a.m.Close(ctx)
			assert.Equal(t, &cqrs.CloseError{Finished: 3, Abandoned: 2, Err: context.DeadlineExceeded}, err)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, [3]int{3, 2, 1}, [3]int{a.finished, a.left, a.reports})

			ctx, cancel = context.WithCancel(t.Context())
			cancel()
			err = a.m.Close(ctx) // counts what is in flight now
			assert.Equal(t, &cqrs.CloseError{Abandoned: 2, Err: context.Canceled}, err)
			require.NoError(t, a.m.Close(t.Context()))
			assert.Equal(t, [3]int{2, 0, 3}, [3]int{a.finished, a.left, a.reports})
			require.NoError(t, a.m.Close(ctx), "nothing is in flight")
			assert.Equal(t, 3, a.reports, "and nothing to report")
		})
	})

	t.Run("can be called several times at once, each with its own time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newClosable(t)
			a.pause = func(context.Context) { time.Sleep(2 * time.Second) }
			var calls sync.WaitGroup
			calls.Go(func() { assert.NoError(t, a.m.Send(t.Context(), Join{})) })
			synctest.Wait()
			calls.Go(func() { assert.NoError(t, a.m.Close(t.Context())) })
			calls.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				assert.Equal(t, &cqrs.CloseError{Abandoned: 1, Err: context.DeadlineExceeded}, a.m.Close(ctx))
			})
			calls.Wait()
		})
	})

	t.Run("waits for the request that it is called from until its context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newClosable(t)
			var closing error
			a.pause = func(ctx context.Context) {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				closing = a.m.Close(ctx)
			}
			require.NoError(t, a.m.Send(t.Context(), Leave{N: 1}), "the request goes on")
			assert.Equal(t, &cqrs.CloseError{Abandoned: 1, Err: context.DeadlineExceeded}, closing)
			assert.Equal(t, []string{"nested 1", "commit", "after 1"}, a.notes())
		})
	})

	t.Run("returns an error without a mediator or a context, and closes nothing", func(t *testing.T) {
		t.Parallel()
		a := newClosable(t)
		var none context.Context
		require.ErrorIs(t, a.m.Close(none), cqrs.ErrNilContext)
		require.ErrorIs(t, (*cqrs.Mediator)(nil).Close(t.Context()), cqrs.ErrNilMediator)
		require.NoError(t, a.m.Send(t.Context(), Join{}))
	})

	t.Run("survives a context and an observer that panic", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		m := a.start(bootstrap.WithObserver(cqrs.Observer{Closed: func(context.Context, int, int) { panic(errPanic) }}))
		require.NoError(t, m.Close(brokenContext{t.Context()}))
	})

	t.Run("refuses what a handler sends with the mediator itself", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newClosable(t)
			var inner error
			a.pause = func(ctx context.Context) {
				time.Sleep(time.Second)
				inner = a.m.Send(ctx, Close{})
			}
			go func() { assert.NoError(t, a.m.Send(t.Context(), Join{})) }()
			synctest.Wait()
			require.NoError(t, a.m.Close(t.Context()))
			synctest.Wait()
			require.ErrorIs(t, inner, cqrs.ErrClosed)
		})
	})

	t.Run("waits for a stream until its consumer is done, even with iter.Pull", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newClosable(t)
			next, stop := iter.Pull2(cqrs.Stream(t.Context(), a.m, Export{}))
			_, _, ok := next()
			require.True(t, ok)
			time.AfterFunc(time.Second, stop)
			start := time.Now()
			require.NoError(t, a.m.Close(t.Context()))
			assert.Equal(t, time.Second, time.Since(start))
		})
	})
}

type pauseKey struct{}

// brokenContext panics when it is asked whether it has ended.
type brokenContext struct{ context.Context }

func (brokenContext) Done() <-chan struct{} { panic(errPanic) }
func (brokenContext) Err() error            { panic(errPanic) }
