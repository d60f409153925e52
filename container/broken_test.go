package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// TestBrokenErrors has constructors return errors whose methods panic.
func TestBrokenErrors(t *testing.T) {
	t.Parallel()
	for what, bad := range broken.Errors() {
		t.Run("of a scoped constructor, "+what+", are the cause", func(t *testing.T) {
			t.Parallel()
			err := inRequestError[int](t, containerOf(t, scoped(func() (int, error) { return 0, bad })))
			assert.True(t, safe.Contains(err, bad))
			assert.NotPanics(t, func() { _ = err.Error() })
		})

		t.Run("of a singleton in a group, "+what+", are the cause", func(t *testing.T) {
			t.Parallel()
			type group struct {
				dig.In
				Numbers []int `group:"numbers"`
			}
			c := containerOf(t,
				ctor(func() (int, error) { return 0, bad }, dig.Group("numbers")),
				ctor(func(group) *joinHandler { return &joinHandler{} }))
			fault := soleFault(t, c, rootOf[*joinHandler]())
			assert.Equal(t, container.ErrBuild, fault.Reason)
			assert.True(t, safe.Contains(fault, bad))
			assert.NotPanics(t, func() { _ = fault.Error() })
		})
	}
}
