package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/broken"
)

func TestPanicError_Error(t *testing.T) {
	t.Parallel()

	t.Run("does not panic, whatever the value is", func(t *testing.T) {
		t.Parallel()
		for what, bad := range broken.Errors() {
			assert.NotPanics(t, func() { _ = (&container.PanicError{Value: bad}).Error() }, what)
		}
	})

	t.Run("contains nothing of the value", func(t *testing.T) {
		t.Parallel()
		err := &container.PanicError{Value: struct{ password string }{"hunter2"}}
		assert.EqualError(t, err, "panic: a struct { password string }")
	})
}

func TestPanicError(t *testing.T) {
	t.Parallel()

	t.Run("unwraps to the value of the panic if that is an error", func(t *testing.T) {
		t.Parallel()
		err := &container.PanicError{Value: errDown}
		assert.EqualError(t, err, "panic: connection refused")
		assert.ErrorIs(t, err, errDown)
	})

	t.Run("unwraps to nothing otherwise", func(t *testing.T) {
		t.Parallel()
		err := &container.PanicError{Value: 42}
		assert.EqualError(t, err, "panic: 42")
		assert.NoError(t, errors.Unwrap(err))
	})
}
