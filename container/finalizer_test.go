package container_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// logTo returns a finalizer that notes its name and the outcome.
func logTo(log *[]string, name string) container.Finalizer {
	return func(_ context.Context, outcome error) error {
		*log = append(*log, fmt.Sprintf("%s: %v", name, outcome))
		return nil
	}
}

// finalizeAll runs all finalizers of a scope with the same outcome.
func finalizeAll(t *testing.T, s wiring.Scope, outcome error) error {
	t.Helper()
	var errs []error
	for n := container.Pending(s); ; n-- {
		assert.Equal(t, n, container.Pending(s))
		ran, err := container.Finalize(t.Context(), s, outcome)
		if !ran {
			assert.Zero(t, n)
			return errors.Join(errs...)
		}
		errs = append(errs, err)
	}
}

func TestScope_Finalize(t *testing.T) {
	t.Parallel()
	rolledBack := errors.New("rolled back")

	t.Run("runs the finalizer of the last value built first", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t,
			scoped(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			scoped(func(int) (string, container.Finalizer, error) { return "", logTo(&log, "string"), nil }),
			scoped(func(string) (container.Finalizer, float64) { return logTo(&log, "float64"), 1 }),
			scoped(func() (uint, container.Finalizer) { panic("not needed") }),
		)
		s := newScope(t, planFor[float64](t, c))
		built[*holder[float64]](t, s, 0)
		require.NoError(t, finalizeAll(t, s, nil))
		assert.Equal(t, []string{"float64: <nil>", "string: <nil>", "int: <nil>"}, log)

		ran, err := container.Finalize(t.Context(), s, nil)
		assert.False(t, ran)
		require.NoError(t, err)
	})

	t.Run("runs two finalizers of one constructor, the later first", func(t *testing.T) {
		t.Parallel()
		var log []string
		s := newScope(t, planFor[int](t, containerOf(t, scoped(func() (container.Finalizer, int, container.Finalizer) {
			return logTo(&log, "one"), 1, logTo(&log, "two")
		}))))
		built[*holder[int]](t, s, 0)
		require.NoError(t, finalizeAll(t, s, nil))
		assert.Equal(t, []string{"two: <nil>", "one: <nil>"}, log)
	})

	t.Run("passes on the context and the outcome", func(t *testing.T) {
		t.Parallel()
		type contextKey struct{}
		var gotContext context.Context
		var gotOutcome error
		s := newScope(t, planFor[int](t, containerOf(t, scoped(func() (int, container.Finalizer) {
			return 1, func(ctx context.Context, outcome error) error {
				gotContext, gotOutcome = ctx, outcome
				return nil
			}
		}))))
		built[*holder[int]](t, s, 0)
		ctx := context.WithValue(t.Context(), contextKey{}, "value")
		ran, err := container.Finalize(ctx, s, rolledBack)
		assert.True(t, ran)
		require.NoError(t, err)
		assert.Equal(t, ctx, gotContext)
		assert.Equal(t, rolledBack, gotOutcome)
	})

	t.Run("returns the error of a finalizer and continues with the next", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t,
			scoped(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			scoped(func(int) (string, container.Finalizer) {
				return "", func(context.Context, error) error { return rolledBack }
			}),
		)
		s := newScope(t, planFor[string](t, c))
		built[*holder[string]](t, s, 0)

		ran, err := container.Finalize(t.Context(), s, nil)
		assert.True(t, ran)
		require.ErrorIs(t, err, container.ErrFinalizer)
		require.ErrorIs(t, err, rolledBack)
		fault, ok := errors.AsType[*container.Error](err)
		require.True(t, ok)
		assert.Equal(t, container.ErrFinalizer, fault.Reason)
		assert.Equal(t, rolledBack, fault.Cause)
		assert.ErrorContains(t, err, "finalizer_test.go:")

		require.NoError(t, finalizeAll(t, s, err))
		require.Len(t, log, 1)
		assert.Contains(t, log[0], "rolled back")
	})

	t.Run("counts a finalizer that panics as run", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t,
			scoped(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			scoped(func(int) (string, container.Finalizer) {
				return "", func(context.Context, error) error { panic("broken") }
			}),
		)
		s := newScope(t, planFor[string](t, c))
		built[*holder[string]](t, s, 0)
		assert.Equal(t, 2, container.Pending(s))
		assert.PanicsWithValue(t, "broken", func() { _, _ = container.Finalize(t.Context(), s, nil) })
		assert.Equal(t, 1, container.Pending(s))
		require.NoError(t, finalizeAll(t, s, nil))
		assert.Equal(t, []string{"int: <nil>"}, log)
	})

	t.Run("has nothing to run for a nil finalizer", func(t *testing.T) {
		t.Parallel()
		s := newScope(t, planFor[int](t, containerOf(t, scoped(func() (int, container.Finalizer) { return 1, nil }))))
		built[*holder[int]](t, s, 0)
		assert.Zero(t, container.Pending(s))
	})

	t.Run("ignores a finalizer beside an error", func(t *testing.T) {
		t.Parallel()
		s := newScope(t, planFor[int](t, containerOf(t, scoped(func() (int, container.Finalizer, error) {
			return 1, func(context.Context, error) error { panic("must not run") }, rolledBack
		}))))
		_, err := s.Build(0)
		require.ErrorIs(t, err, rolledBack)
		assert.Zero(t, container.Pending(s))
	})

	t.Run("runs the finalizer of every instance of a handler", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t, ctor(func() (*holder[int], container.Finalizer) { return hold(1), logTo(&log, "handler") }))
		s := newScope(t, compiled(t, c, rootOf[*holder[int]]()))
		built[*holder[int]](t, s, 0)
		built[*holder[int]](t, s, 0)
		require.NoError(t, finalizeAll(t, s, nil))
		assert.Equal(t, []string{"handler: <nil>", "handler: <nil>"}, log)
		require.NoError(t, c.Close(t.Context()))
		assert.Len(t, log, 2)
	})

	t.Run("runs the finalizer of a decorator before that of what it decorates", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t, scoped(func() (int, container.Finalizer) { return 1, logTo(&log, "value") }))
		require.NoError(t, c.Decorate(func(n int) (int, container.Finalizer) { return n + 1, logTo(&log, "decorator") }))
		s := newScope(t, planFor[int](t, c))
		assert.Equal(t, 2, built[*holder[int]](t, s, 0).got)
		require.NoError(t, finalizeAll(t, s, nil))
		assert.Equal(t, []string{"decorator: <nil>", "value: <nil>"}, log)
	})

	t.Run("leaves the finalizers of singletons alone", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() (int, container.Finalizer) {
			return 1, func(context.Context, error) error { panic("must not run") }
		}))
		s := newScope(t, planFor[int](t, c))
		built[*holder[int]](t, s, 0)
		assert.Zero(t, container.Pending(s))
	})
}
