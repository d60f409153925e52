package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

type (
	levelA struct{}
	levelB struct{}
	levelC struct{}
	levelD struct{}
)

func TestContainer_Compile(t *testing.T) {
	t.Parallel()

	t.Run("makes plans that share their singletons", func(t *testing.T) {
		t.Parallel()
		var singletons, scopedOnes counter
		type request struct{ *counted }
		type both struct {
			dig.In
			Singleton *counted
			Request   request
		}
		c := containerOf(t,
			ctor(singletons.make),
			scoped(func() request { return request{scopedOnes.make()} }),
			ctor(hold[both]),
		)
		first := built[*holder[both]](t, newScope(t, compiled(t, c, rootOf[*holder[both]]())), 0).got
		second := built[*holder[both]](t, newScope(t, compiled(t, c, rootOf[*holder[both]]())), 0).got
		assert.Same(t, first.Singleton, second.Singleton)
		assert.NotSame(t, first.Request.counted, second.Request.counted)
		assert.Equal(t, 1, singletons.made)
		assert.Equal(t, 2, scopedOnes.made)
	})

	t.Run("lets plans have different handlers", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() int { return 1 }), ctor(hold[int]), ctor(hold[*holder[int]]))
		shared := newScope(t, compiled(t, c, rootOf[*holder[*holder[int]]]()))
		first := built[*holder[*holder[int]]](t, shared, 0).got
		container.Reset(shared)
		assert.Same(t, first, built[*holder[*holder[int]]](t, shared, 0).got, "a singleton where it is not bound")

		bound := newScope(t, compiled(t, c, rootOf[*holder[int]]()))
		assert.NotSame(t, built[*holder[int]](t, bound, 0), built[*holder[int]](t, bound, 0))
	})

	t.Run("knows values that were provided later", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("a"), dig.Group("texts")), ctor(hold[texts]), ctor(hold[int]))
		plan := compiled(t, c, rootOf[*holder[texts]]())
		require.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]]()), container.ErrMissing)

		provideTo(t, c, scoped(text("b"), dig.Group("texts")), scoped(func() int { return 1 }))
		later := compiled(t, c, rootOf[*holder[texts]](), rootOf[*holder[int]]())
		assert.Equal(t, []string{"a"}, built[*holder[texts]](t, newScope(t, plan), 0).got.All)
		s := newScope(t, later)
		assert.Equal(t, []string{"a", "b"}, built[*holder[texts]](t, s, 0).got.All)
		assert.Equal(t, 1, built[*holder[int]](t, s, 1).got)
	})

	t.Run("knows singletons that joined a group later", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("a"), dig.Group("texts")), ctor(hold[texts]))
		compiled(t, c, rootOf[*holder[texts]]())
		provideTo(t, c, ctor(text("b"), dig.Group("texts")))
		plan := compiled(t, c, rootOf[*holder[texts]]())
		assert.Equal(t, []string{"b", "a"}, built[*holder[texts]](t, newScope(t, plan), 0).got.All)
	})

	t.Run("accepts a container without handlers", func(t *testing.T) {
		t.Parallel()
		newScope(t, compiled(t, container.New()))
	})

	t.Run("accepts the same handler twice", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() *holder[int] { return hold(1) }))
		s := newScope(t, compiled(t, c, rootOf[*holder[int]](), rootOf[*holder[int]]()))
		assert.NotSame(t, built[*holder[int]](t, s, 0), built[*holder[int]](t, s, 1))
	})

	t.Run("reports every fault in one error", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		c := container.New()
		require.Error(t, c.Provide("not a function"))
		require.Error(t, c.Decorate("not a function"))
		provideTo(t, c,
			ctor(hold[levelA]), // missing
			scoped(func(levelC) levelB { return levelB{} }), // cycle
			scoped(func(levelB) levelC { return levelC{} }),
			scoped(func() levelD { return levelD{} }),
			ctor(func(levelD) int { return 1 }), // captive
			ctor(hold[int]),
			ctor(func() (float64, error) { return 0, cause }), // fails
			ctor(hold[float64]),
			ctor(func() (*holder[uint], uint) { return nil, 1 }), // crowded
		)
		all := compileError(t, c,
			rootOf[*holder[levelA]](), rootOf[*holder[int]](), rootOf[*holder[float64]](),
			rootOf[*holder[uint]](), rootOf[*holder[string]](), // nothing provides the last one
		)
		var reasons []error
		for _, fault := range all {
			reasons = append(reasons, fault.Reason)
		}
		assert.ElementsMatch(t, []error{
			container.ErrRefused, container.ErrRefused, container.ErrMissing, container.ErrCycle,
			container.ErrCaptive, container.ErrBuild, container.ErrHandler, container.ErrMissing,
		}, reasons, "%v", all)
	})
}

func TestContainer_Compile_Handlers(t *testing.T) {
	t.Parallel()

	t.Run("rejects a constructor that provides more than the handler", func(t *testing.T) {
		t.Parallel()
		for name, fn := range map[string]any{
			"two results":  func() (*holder[int], string) { return nil, "" },
			"two in a out": func() outOfTwo { return outOfTwo{} },
		} {
			c := containerOf(t, ctor(fn))
			assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]]()), container.ErrHandler, name)
		}
		c := containerOf(t, ctor(func() label { return "" }, dig.As(new(stringer), new(any))))
		assert.ErrorIs(t, soleFault(t, c, rootOf[stringer]()), container.ErrHandler)
	})

	t.Run("rejects an option that a request cannot honor", func(t *testing.T) {
		t.Parallel()
		callback := dig.WithProviderCallback(func(dig.CallbackInfo) {})
		c := containerOf(t, ctor(func() *holder[int] { return hold(1) }, callback))
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]]()), container.ErrHandler)

		c = containerOf(t, ctor(func() *holder[int] { return hold(1) }, callback, container.Singleton()))
		compiled(t, c, rootOf[*holder[int]]())
	})

	t.Run("misses a handler that is provided under a name", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() *holder[int] { return hold(1) }, dig.Name("spare")))
		fault := soleFault(t, c, rootOf[*holder[int]]())
		require.ErrorIs(t, fault, container.ErrMissing)
		assert.ErrorContains(t, fault, `[name="spare"]`)
	})
}

type outOfTwo struct {
	dig.Out
	Handler *holder[int]
	Text    string
}

func TestContainer_Compile_Singletons(t *testing.T) {
	t.Parallel()
	cause := errors.New("no connection")
	roots := []wiring.Root{rootOf[*holder[levelA]](), rootOf[*holder[levelB]](), rootOf[*holder[levelC]]()}
	dependants := []provided{
		ctor(func(int) levelA { return levelA{} }),
		ctor(func(levelA) levelB { return levelB{} }),
		scoped(func(int, levelB) levelC { return levelC{} }),
		ctor(hold[levelA]), ctor(hold[levelB]), ctor(hold[levelC]),
	}

	t.Run("reports a constructor that fails once, and runs it once", func(t *testing.T) {
		t.Parallel()
		var calls int
		c := containerOf(t, append(dependants, ctor(func() (int, error) { calls++; return 0, cause }))...)
		fault := soleFault(t, c, roots...)
		require.Equal(t, container.ErrBuild, fault.Reason)
		require.ErrorIs(t, fault, cause)
		assert.Equal(t, 1, calls)
	})

	t.Run("reports a constructor that panics once, and runs it once", func(t *testing.T) {
		t.Parallel()
		var calls int
		c := containerOf(t, append(dependants, ctor(func() int { calls++; panic(cause) }))...)
		fault := soleFault(t, c, roots...)
		require.Equal(t, container.ErrBuild, fault.Reason)
		require.ErrorIs(t, fault, cause, "the value of the panic is an error")
		panicked, ok := errors.AsType[*container.PanicError](fault)
		require.True(t, ok)
		assert.Equal(t, cause, panicked.Value)
		assert.Contains(t, string(panicked.Stack), "TestContainer_Compile_Singletons")
		assert.Regexp(t, `panic at \S+compile_test.go:\d+: no connection`, fault.Error())
		assert.Equal(t, 1, calls)
	})

	t.Run("reports a member of a group that fails once, and runs it once", func(t *testing.T) {
		t.Parallel()
		var calls int
		c := containerOf(t,
			ctor(func() (string, error) { calls++; return "", cause }, dig.Group("texts")),
			ctor(func(texts) levelA { return levelA{} }),
			ctor(func(texts) levelB { return levelB{} }),
			scoped(func(texts) levelC { return levelC{} }),
			ctor(hold[levelA]), ctor(hold[levelB]), ctor(hold[levelC]),
		)
		fault := soleFault(t, c, roots...)
		require.ErrorIs(t, fault, cause)
		assert.Equal(t, 1, calls)
	})

	t.Run("builds again what failed when it is compiled again", func(t *testing.T) {
		t.Parallel()
		var calls int
		c := containerOf(t, ctor(hold[int]), ctor(func() (int, error) {
			if calls++; calls == 1 {
				return 0, cause
			}
			return calls, nil
		}))
		require.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]]()), cause)
		plan := compiled(t, c, rootOf[*holder[int]]())
		assert.Equal(t, 2, built[*holder[int]](t, newScope(t, plan), 0).got)
	})

	t.Run("goes on to build values that a fault does not affect", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			ctor(func() (int, error) { return 0, cause }),
			ctor(func() (string, error) { return "", errors.New("no licence") }),
			ctor(hold[int]), ctor(hold[string]),
		)
		assert.Len(t, compileError(t, c, rootOf[*holder[int]](), rootOf[*holder[string]]()), 2)
	})
}

func TestContainer_Compile_Supplied(t *testing.T) {
	t.Parallel()
	c := containerOf(t, ctor(hold[levelA]))
	plan, err := c.Compile([]wiring.Root{rootOf[*holder[levelA]]()}, wiring.Supplied[levelA](), wiring.Supplied[levelA]())
	require.NoError(t, err, "a type that is named twice counts once")
	assert.NotNil(t, plan)
}
