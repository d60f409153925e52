package cqrs_test

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestStream_Middleware wraps streams in middleware, in the scope and around it.
func TestStream_Middleware(t *testing.T) {
	t.Parallel()

	for place, option := range middlewarePlaces {
		t.Run("return the same error from every call of next after an item, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			stream(a, failingAfter(a))
			items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(option(
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					_, err := next(ctx, in)
					assert.Same(t, errHandler, err)
					_, err = next(ctx, in)
					assert.Same(t, errHandler, err)
					return nil, err
				})), Export{}))
			assert.Same(t, errHandler, err)
			assert.Equal(t, []int{1}, items)
			assert.Equal(t, []string{"export in 1", "rollback 1"}, a.notes())
		})

		t.Run("do not start again after they have succeeded, "+place, func(t *testing.T) {
			t.Parallel()
			a := exporting(t)
			items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(option(onlyKind(cqrs.KindStream, again))), Export{}))
			require.NoError(t, err)
			assert.Equal(t, []int{1, 2, 3}, items, "the consumer got these items once")
			assert.Equal(t, []string{
				"joined 1", "joined 2", "joined 3", "left 0", "commit 1", "mail 1", "mail 2", "mail 3", "bye 0",
			}, a.notes())
		})

		t.Run("fail if the consumer stops, even if middleware discards the error, "+place, func(t *testing.T) {
			t.Parallel()
			a := exporting(t)
			for range cqrs.Stream(t.Context(), a.start(option(onlyKind(cqrs.KindStream,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					for range 2 {
						_, err := next(ctx, in)
						require.ErrorIs(t, err, cqrs.ErrStreamStopped)
					}
					return nil, nil
				}))), Export{}) {
				break
			}
			assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
		})

		t.Run("yield nothing after the consumer stops, whatever middleware does, "+place, func(t *testing.T) {
			t.Parallel()
			for _, m := range []cqrs.MiddlewareFunc{thenFails, thenPanics,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					_, _ = next(ctx, in)
					return "wrong", nil
				}} {
				a := exporting(t)
				ranged := 0
				for _, err := range cqrs.Stream(t.Context(), a.start(option(onlyKind(cqrs.KindStream, m))), Export{}) {
					require.NoError(t, err)
					ranged++
					break
				}
				assert.Equal(t, 1, ranged)
				assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
			}
		})

		t.Run("propagate a panic of the consumer unchanged, "+place, func(t *testing.T) {
			t.Parallel()
			a := exporting(t)
			m := a.start(option(onlyKind(cqrs.KindStream,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					defer a.note("deferred")
					result, err := next(ctx, in)
					a.note("next has returned")
					return result, err
				})))
			value := &struct{ text string }{"the value itself"}
			func() {
				defer func() { assert.Same(t, value, recover()) }()
				for range cqrs.Stream(t.Context(), m, Export{}) {
					panic(value)
				}
			}()
			want := []string{"joined 1", "deferred", "rollback 1"}
			if place == "around the scope" {
				want = []string{"joined 1", "rollback 1", "deferred"}
			}
			assert.Equal(t, want, a.notes())
			items, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
			require.NoError(t, err, "the next request succeeds")
			assert.Len(t, items, 3)
		})

		t.Run("propagate a panic of the consumer although another call of next has begun, "+place, func(t *testing.T) {
			t.Parallel()
			a := exporting(t)
			var left sync.WaitGroup
			entered := make(chan struct{})
			calls := 0
			m := a.start(option(onlyKind(cqrs.KindStream,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					defer func() {
						left.Go(func() { _, _ = next(ctx, in) })
						<-entered
					}()
					return next(ctx, in)
				})), option(onlyKind(cqrs.KindStream,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					if calls++; calls == 2 {
						close(entered)
						for range 1000 { // the outer middleware ends meanwhile
							runtime.Gosched()
						}
					}
					return next(ctx, in)
				})))
			func() {
				defer func() { assert.Equal(t, "the consumer's", recover()) }()
				for range cqrs.Stream(t.Context(), m, Export{}) {
					panic("the consumer's")
				}
			}()
			left.Wait()
		})

		t.Run("roll back if the consumer exits its goroutine, "+place, func(t *testing.T) {
			t.Parallel()
			a := exporting(t)
			m := a.start(option(onlyKind(cqrs.KindStream, passOn)))
			testkit.OnGoroutine(func() {
				for range cqrs.Stream(t.Context(), m, Export{}) {
					runtime.Goexit()
				}
			})
			assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
		})

		t.Run("roll back if the handler exits its goroutine, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			stream(a, func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					yield(1, nil)
					runtime.Goexit()
				}
			})
			m := a.start(option(onlyKind(cqrs.KindStream, passOn)))
			testkit.OnGoroutine(func() { _, _ = testkit.Drain(cqrs.Stream(t.Context(), m, Export{})) })
			assert.Equal(t, []string{"rollback 1"}, a.notes())
		})

		t.Run("work with iter.Pull, whose stop ends them, "+place, func(t *testing.T) {
			t.Parallel()
			a := exporting(t)
			ended := error(nil)
			m := a.start(option(onlyKind(cqrs.KindStream,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					var result any
					result, ended = next(ctx, in)
					return result, ended
				})))
			next, stop := iter.Pull2(cqrs.Stream(t.Context(), m, Export{}))
			n, err, ok := next()
			require.True(t, ok)
			require.NoError(t, err)
			assert.Equal(t, 1, n)
			stop()
			require.ErrorIs(t, ended, cqrs.ErrStreamStopped)
			assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())

			next, stop = iter.Pull2(cqrs.Stream(t.Context(), m, Export{}))
			defer stop()
			for want := 1; want <= 3; want++ {
				n, err, ok = next()
				require.True(t, ok)
				require.NoError(t, err)
				assert.Equal(t, want, n)
			}
			_, _, ok = next()
			require.False(t, ok)
			require.NoError(t, ended)
			assert.Contains(t, a.notes(), "commit 2")
		})

		t.Run("end with a panic of middleware as an error, "+place, func(t *testing.T) {
			t.Parallel()
			a := exporting(t)
			items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(option(onlyKind(cqrs.KindStream, thenPanics))), Export{}))
			assert.Equal(t, []int{1, 2, 3}, items)
			require.ErrorIs(t, err, errOther)
			end := "rollback 1"
			if place == "around the scope" {
				end = "commit 1"
			}
			assert.Contains(t, a.notes(), end)
		})
	}
}
