package safe_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
)

func TestTree(t *testing.T) {
	t.Parallel()
	t.Run("visits errors depth first, and what follows one that panics", func(t *testing.T) {
		t.Parallel()
		a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
		wrapped := fmt.Errorf("wrapped: %w", a)
		inner := errors.Join(wrapped, (*broken.NotFound)(nil))
		outer := errors.Join(inner, broken.Many{}, b)
		all := fmt.Errorf("%w and %w", outer, c)
		want := []error{all, outer, inner, wrapped, a, (*broken.NotFound)(nil), broken.Many{}, b, c}
		assert.Equal(t, want, slices.Collect(safe.Tree(all)))
		assert.Equal(t, want, slices.Collect(safe.Tree(all)), "again")
	})

	t.Run("omits nil errors", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, slices.Collect(safe.Tree(nil)))
		err := fmt.Errorf("%w%w", nil, errSentinel)
		assert.Equal(t, []error{err, errSentinel}, slices.Collect(safe.Tree(err)))
	})

	t.Run("leaves out what leaves wrap", func(t *testing.T) {
		t.Parallel()
		leaf := fmt.Errorf("leaf: %w", errors.New("inner"))
		all := errors.Join(leaf, errSentinel)
		isLeaf := func(err error) bool { return err == leaf }
		assert.Equal(t, []error{all, leaf, errSentinel}, slices.Collect(safe.TreeTo(isLeaf, all)))
	})

	t.Run("stops when its consumer does", func(t *testing.T) {
		t.Parallel()
		for err := range safe.Tree(errors.Join(errSentinel, broken.Endless{})) {
			if err == errSentinel {
				return
			}
		}
		assert.Fail(t, "the error was not found")
	})

	t.Run("ends for an error that unwraps to itself", func(t *testing.T) {
		t.Parallel()
		assert.False(t, safe.Is(broken.Endless{}, errSentinel))
		assert.False(t, safe.Is(broken.Doubling{}, errSentinel))
	})
}

func TestUnwrap(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []error{errSentinel}, safe.Unwrap(fmt.Errorf("wrapped: %w", errSentinel)))
	assert.Equal(t, []error{errSentinel, broken.Many{}}, safe.Unwrap(errors.Join(errSentinel, broken.Many{})))
	assert.Equal(t, []error{errSentinel}, safe.Unwrap(fmt.Errorf("%w%w", nil, errSentinel)))
	assert.Empty(t, safe.Unwrap(errSentinel))
	assert.Empty(t, safe.Unwrap(nil))
	assert.Empty(t, safe.Unwrap(&broken.Panicking{}))
	assert.Empty(t, safe.Unwrap(broken.Many{}))
	assert.Empty(t, safe.Unwrap((*broken.NotFound)(nil)))
}
