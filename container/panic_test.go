package container_test

import (
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

	t.Run("has no contents of the value in it", func(t *testing.T) {
		t.Parallel()
		err := &container.PanicError{Value: struct{ password string }{"hunter2"}}
		assert.EqualError(t, err, "panic: a struct { password string }")
	})
}
