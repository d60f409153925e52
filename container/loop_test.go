package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// dig lets a decorator need something that needs the value it decorates: that receives
// the undecorated value.
func TestContainer_Compile_decorators_that_need_themselves(t *testing.T) {
	t.Parallel()
	type (
		inner  struct{ text string }
		outer  struct{ inner *inner }
		lacked struct{}
		both   struct {
			dig.In
			Outer *outer
			Inner *inner
		}
	)
	newInner := func() *inner { return &inner{"plain"} }
	newOuter := func(i *inner) *outer { return &outer{i} }
	ofOuter := func(o *outer) *inner { return &inner{"beside " + o.inner.text} }
	around := func(i *inner, o *outer) *inner { return &inner{i.text + " beside " + o.inner.text} }

	for name, g := range map[string]graph{
		"and replace the value": func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(newInner)
			provide(newOuter)
			decorate(ofOuter)
		},
		"and need the value itself": func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(newInner)
			provide(newOuter)
			decorate(around)
		},
		"through a group": func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(newInner)
			provide(newOuter)
			provide(func(o *outer) string { return o.inner.text }, dig.Group("texts"))
			decorate(func(in texts) *inner { return &inner{"beside " + in.All[0]} })
		},
		"through another decorator": func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(newInner)
			provide(newOuter)
			decorate(ofOuter)
			decorate(func(i *inner, o *outer) *outer { return &outer{&inner{i.text + " in " + o.inner.text}} })
		},
	} {
		texts := func(in both) []string { return []string{in.Outer.inner.text, in.Inner.text} }
		view := map[string]func(t *testing.T, g graph) any{
			"inner": func(t *testing.T, g graph) any {
				return inSingletons(t, g, func(i *inner) string { return i.text })
			},
			"outer": func(t *testing.T, g graph) any {
				return inSingletons(t, g, func(o *outer) string { return o.inner.text })
			},
			"both": func(t *testing.T, g graph) any { return inSingletons(t, g, texts) },
		}
		for asked, compare := range view {
			t.Run("are as in dig "+name+", asked for "+asked, func(t *testing.T) {
				t.Parallel()
				assert.NotEmpty(t, compare(t, g))
			})
		}
	}

	t.Run("are missing what the value is missing", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func(*lacked) *inner { return nil }), ctor(newOuter), ctor(hold[*outer]))
		decorated(t, c, ofOuter)
		require.ErrorIs(t, soleFault(t, c, rootOf[*holder[*outer]]()), container.ErrMissing)
	})

	t.Run("fail with the value", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		c := containerOf(t, ctor(func() (*inner, error) { return nil, cause }), ctor(newOuter), ctor(hold[*outer]))
		decorated(t, c, ofOuter)
		for range 2 {
			require.ErrorIs(t, soleFault(t, c, rootOf[*holder[*outer]]()), cause)
		}
	})

	t.Run("are not noticed where a decorator replaces the value", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(func(o *outer) *inner { return o.inner })
			provide(func() *outer { return &outer{} })
			decorate(func() *inner { return &inner{"instead"} })
			decorate(func(i *inner) *outer { return &outer{i} })
		}, func(o *outer) string { return o.inner.text })
		assert.Equal(t, "instead", got)
	})

	t.Run("are rejected in requests", func(t *testing.T) {
		t.Parallel()
		for _, all := range [][]provided{
			{scoped(newInner), scoped(newOuter)},
			{ctor(newInner), scoped(newOuter)},
		} {
			c := containerOf(t, append(all, ctor(hold[*outer]))...)
			decorated(t, c, ofOuter, container.Scoped())
			fault := soleFault(t, c, rootOf[*holder[*outer]]())
			require.ErrorIs(t, fault, container.ErrCycle)
		}
	})
}

// inSingletons resolves a T in dig and in a request where everything is a singleton.
func inSingletons[T, V any](t *testing.T, g graph, view func(T) V) V {
	t.Helper()
	reference, c := dig.New(), container.New()
	g(
		func(ctor any, opts ...dig.ProvideOption) {
			require.NoError(t, reference.Provide(ctor, opts...))
			require.NoError(t, c.Provide(ctor, opts...))
		},
		func(decorator any) {
			require.NoError(t, reference.Decorate(decorator))
			require.NoError(t, c.Decorate(decorator))
		},
	)
	var want V
	require.NoError(t, reference.Invoke(func(v T) { want = view(v) }))
	assert.Equal(t, want, view(inRequest[T](t, c)))
	return want
}

func TestContainer_Compile_deferred_cycles(t *testing.T) {
	t.Parallel()

	t.Run("are one fault among singletons, and their neighbors none", func(t *testing.T) {
		t.Parallel()
		c := container.New(dig.DeferAcyclicVerification())
		provideTo(t, c,
			ctor(func(levelB) levelA { return levelA{} }),
			ctor(func(levelA) levelB { return levelB{} }),
			ctor(func() int { return 1 }),
			ctor(hold[levelA]), ctor(hold[int]),
		)
		fault := soleFault(t, c, rootOf[*holder[levelA]](), rootOf[*holder[int]]())
		require.ErrorIs(t, fault, container.ErrCycle)
		assert.ErrorContains(t, fault, "loop_test.go:")
	})

	t.Run("are rejected when dig rejects them if a constructor needs itself", func(t *testing.T) {
		t.Parallel()
		self := func(levelA) levelA { return levelA{} }
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			for _, deferred := range [][]dig.Option{nil, {dig.DeferAcyclicVerification()}} {
				reference, c := dig.New(deferred...), container.New(deferred...)
				if reference.Provide(self) != nil {
					require.ErrorIs(t, c.Provide(self, opts...), container.ErrRefused)
					continue
				}
				require.NoError(t, c.Provide(self, opts...))
				require.NoError(t, c.Provide(hold[levelA]))
				require.ErrorIs(t, soleFault(t, c, rootOf[*holder[levelA]]()), container.ErrCycle)
				require.Error(t, c.Invoke(func(levelA) {}))
			}
		}
	})

	t.Run("are one fault among constructors provided directly to dig", func(t *testing.T) {
		t.Parallel()
		raw := dig.New(dig.DeferAcyclicVerification())
		require.NoError(t, raw.Provide(func(levelB) levelA { return levelA{} }))
		require.NoError(t, raw.Provide(func(levelA) levelB { return levelB{} }))
		require.NoError(t, raw.Provide(func() int { return 1 }))
		c := container.Wrap(raw)
		provideTo(t, c, ctor(hold[levelA]), ctor(hold[int]))
		fault := soleFault(t, c, rootOf[*holder[levelA]](), rootOf[*holder[int]]())
		require.ErrorIs(t, fault, container.ErrCycle)
		assert.True(t, dig.IsCycleDetected(fault))
	})

	t.Run("do not hide what is missing", func(t *testing.T) {
		t.Parallel()
		c := container.Wrap(dig.New(dig.DeferAcyclicVerification()))
		provideTo(t, c,
			ctor(func(levelB) levelA { return levelA{} }),
			ctor(func(levelA, levelC) levelB { return levelB{} }),
			ctor(hold[levelA]),
		)
		all := compileError(t, c, rootOf[*holder[levelA]]())
		require.Len(t, all, 2)
		require.ErrorIs(t, all[0], container.ErrCycle)
		require.ErrorIs(t, all[1], container.ErrMissing)
		assert.ErrorContains(t, all[1], "levelC")
	})
}
