package container_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// A constructor or decorator that calls runtime.Goexit, as t.FailNow does, ends the
// goroutine that compiles. Later use of the container is not affected.
func TestContainer_Compile_exit(t *testing.T) {
	t.Parallel()
	exitOnce := func() func() {
		exited := false
		return func() {
			if !exited {
				exited = true
				runtime.Goexit()
			}
		}
	}
	compile := func(c *container.Container, root wiring.Root) {
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = c.Compile([]wiring.Root{root})
			assert.Fail(t, "Compile returns although a constructor called runtime.Goexit")
		})
		wg.Wait()
	}

	t.Run("does not hand out a group without its scoped members", func(t *testing.T) {
		t.Parallel()
		exit := exitOnce()
		c := containerOf(t,
			scoped(text("scoped"), dig.Group("texts")),
			ctor(func() string { exit(); return "singleton" }, dig.Group("texts")),
			ctor(hold[texts]),
		)
		compile(c, rootOf[*holder[texts]]())
		require.ErrorIs(t, c.Invoke(func(texts) {}), container.ErrScoped)
		plan := compiled(t, c, rootOf[*holder[texts]]())
		assert.Equal(t, []string{"singleton", "scoped"}, built[*holder[texts]](t, newScope(t, plan), 0).got.All)
	})

	t.Run("does not hand out a value without its decoration", func(t *testing.T) {
		t.Parallel()
		exit := exitOnce()
		c := containerOf(t, ctor(text("plain")), ctor(hold[string]))
		decorated(t, c, func(s string) string { exit(); return s + "!" })
		compile(c, rootOf[*holder[string]]())
		require.ErrorIs(t, soleFault(t, c, rootOf[*holder[string]]()), container.ErrDecorator)
		require.ErrorIs(t, c.Invoke(func(string) {}), container.ErrDecorator)
	})
}
