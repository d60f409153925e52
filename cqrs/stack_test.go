package cqrs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestInConstructor(t *testing.T) {
	t.Parallel()
	constructing := func(t *testing.T, build func()) {
		_, err := cqrs.Construct(build)
		require.NoError(t, err)
	}

	t.Run("is true in a constructor, at any depth", func(t *testing.T) {
		t.Parallel()
		for _, frames := range []int{0, 100, 600, 20_000} {
			constructing(t, func() {
				require.NoError(t, deep(frames, func() error {
					assert.True(t, cqrs.InConstructor(), frames)
					return nil
				}))
			})
		}
	})

	t.Run("is false after the constructor, and on another goroutine", func(t *testing.T) {
		t.Parallel()
		constructing(t, func() {
			testkit.OnGoroutine(func() { assert.False(t, cqrs.InConstructor()) })
		})
		assert.False(t, cqrs.InConstructor())
	})
}
