package container_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
)

func TestContainer_Close(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken pipe")

	t.Run("runs the finalizers even if the methods of the context panic", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t, ctor(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }))
		require.NoError(t, c.Invoke(func(int) {}))
		require.NoError(t, c.Close(struct{ context.Context }{}), "which has no methods at all")
		assert.Equal(t, []string{"int: <nil>"}, log)
	})

	t.Run("runs the finalizers of singletons, last built first, with a nil outcome", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t,
			ctor(func(int) (string, container.Finalizer, error) { return "", logTo(&log, "string"), nil }),
			ctor(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			ctor(func() (uint, container.Finalizer) { panic("not needed") }),
			ctor(func() (float64, container.Finalizer) { return 1, nil }),
			ctor(hold[float64]),
		)
		require.NoError(t, c.Decorate(func(n int) (int, container.Finalizer) { return n, logTo(&log, "decorator") }))
		planFor[string](t, c)
		require.NoError(t, c.Close(t.Context()))
		assert.Equal(t, []string{"string: <nil>", "decorator: <nil>", "int: <nil>"}, log)
	})

	t.Run("knows what Invoke built", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t, ctor(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }))
		require.NoError(t, c.Invoke(func(int) {}))
		require.NoError(t, c.Close(t.Context()))
		assert.Equal(t, []string{"int: <nil>"}, log)
	})

	t.Run("does nothing the second time", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t, ctor(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }))
		planFor[int](t, c)
		require.NoError(t, c.Close(t.Context()))
		require.NoError(t, c.Close(t.Context()))
		assert.Len(t, log, 1)
	})

	t.Run("does nothing in a new container", func(t *testing.T) {
		t.Parallel()
		assert.NoError(t, container.New().Close(t.Context()))
	})

	t.Run("runs all finalizers and joins their errors and panics", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t,
			ctor(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			ctor(func(int) (string, container.Finalizer) {
				return "", func(context.Context, error) error { return broken }
			}),
			ctor(func(string) (float64, container.Finalizer) {
				return 1, func(context.Context, error) error { panic("on fire") }
			}),
			ctor(func(float64) (uint, container.Finalizer) { return 1, logTo(&log, "uint") }),
		)
		planFor[uint](t, c)
		all := faults(t, c.Close(t.Context()))
		assert.Equal(t, []string{"uint: <nil>", "int: <nil>"}, log)

		require.Len(t, all, 2)
		for _, fault := range all {
			assert.Equal(t, container.ErrFinalizer, fault.Reason)
		}
		panicked, ok := errors.AsType[*container.PanicError](all[0])
		require.True(t, ok)
		assert.Equal(t, "on fire", panicked.Value)
		assert.Contains(t, string(panicked.Stack), "TestContainer_Close")
		assert.Equal(t, broken, all[1].Cause)
	})

	t.Run("runs the finalizers that remain when one ends the goroutine", func(t *testing.T) {
		t.Parallel()
		var log []string
		exit := func(context.Context, error) error { runtime.Goexit(); return nil }
		c := containerOf(t,
			ctor(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			ctor(func(int) (string, container.Finalizer) { return "", exit }),
			ctor(func(string) (float64, container.Finalizer) { return 1, exit }),
			ctor(func(float64) (uint, container.Finalizer) { return 1, logTo(&log, "uint") }),
		)
		planFor[uint](t, c)
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = c.Close(t.Context())
			assert.Fail(t, "Close returns although a finalizer called runtime.Goexit")
		})
		wg.Wait()
		assert.Equal(t, []string{"uint: <nil>", "int: <nil>"}, log)
	})

	t.Run("gives finalizers the context", func(t *testing.T) {
		t.Parallel()
		var got context.Context
		c := containerOf(t, ctor(func() (int, container.Finalizer) {
			return 1, func(ctx context.Context, _ error) error { got = ctx; return nil }
		}))
		planFor[int](t, c)
		require.NoError(t, c.Close(t.Context()))
		assert.Equal(t, t.Context(), got)
	})

	t.Run("gives finalizers a context that survives cancellation", func(t *testing.T) {
		t.Parallel()
		type contextKey struct{}
		var got context.Context
		c := containerOf(t, ctor(func() (int, container.Finalizer) {
			return 1, func(ctx context.Context, _ error) error { got = ctx; return ctx.Err() }
		}))
		planFor[int](t, c)
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "value"))
		cancel()
		require.NoError(t, c.Close(ctx))
		require.NoError(t, got.Err())
		assert.Equal(t, "value", got.Value(contextKey{}))
	})

	t.Run("rejects a nil context", func(t *testing.T) {
		t.Parallel()
		var none context.Context
		assert.ErrorIs(t, container.New().Close(none), container.ErrNilContext)
	})

	t.Run("ignores a finalizer beside an error", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() (int, container.Finalizer, error) {
			return 1, func(context.Context, error) error { panic("must not run") }, broken
		}))
		require.ErrorIs(t, c.Invoke(func(int) {}), broken)
		assert.NoError(t, c.Close(t.Context()))
	})

	t.Run("runs each finalizer once, however many calls there are", func(t *testing.T) {
		t.Parallel()
		var mu sync.Mutex
		var log []string
		locked := func(ctx context.Context, outcome error) error {
			mu.Lock()
			defer mu.Unlock()
			return logTo(&log, "closed")(ctx, outcome)
		}
		c := containerOf(t,
			ctor(func() (int, container.Finalizer) { return 1, locked }),
			ctor(func(int) (string, container.Finalizer) { return "", locked }),
		)
		planFor[string](t, c)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { assert.NoError(t, c.Close(t.Context())) })
		}
		wg.Wait()
		assert.Len(t, log, 2)
	})
}
