package testkit_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestDrain(t *testing.T) {
	t.Parallel()
	errDown := errors.New("connection refused")
	items, err := testkit.Drain(func(yield func(int, error) bool) { _ = yield(1, nil) && yield(2, nil) })
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2}, items)
	items, err = testkit.Drain(func(yield func(int, error) bool) { _ = yield(1, nil) && yield(0, errDown) })
	assert.Equal(t, errDown, err)
	assert.Equal(t, []int{1}, items)
}
