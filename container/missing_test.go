package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func TestContainer_Compile_Missing(t *testing.T) {
	t.Parallel()

	t.Run("finds a missing dependency at any depth", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := containerOf(t,
				ctor(func(levelB) levelA { return levelA{} }, opts...),
				ctor(func(levelC) levelB { return levelB{} }, opts...),
				ctor(func(levelD) levelC { return levelC{} }, opts...),
				ctor(hold[levelA]),
			)
			fault := soleFault(t, c, rootOf[*holder[levelA]]())
			require.Equal(t, container.ErrMissing, fault.Reason)
			for _, part := range []string{"container_test.levelD", "missing_test.go:", "hold", "bound at main.go:7"} {
				assert.ErrorContains(t, fault, part)
			}
		}
	})

	t.Run("finds it once however many need it", func(t *testing.T) {
		t.Parallel()
		type other struct{ levelB }
		c := containerOf(t,
			scoped(func(levelC) levelB { return levelB{} }),
			ctor(hold[levelB]), ctor(func(b levelB) *other { return &other{b} }),
		)
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[levelB]](), rootOf[*other]()), container.ErrMissing)
	})

	t.Run("finds it in members of a group", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := containerOf(t, ctor(func(levelA) string { return "" }, append(opts, dig.Group("texts"))...), ctor(hold[texts]))
			assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[texts]]()), container.ErrMissing)
		}
	})

	t.Run("finds it in decorators", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("value")), ctor(hold[string]))
		decorated(t, c, func(s string, _ levelA) string { return s })
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[string]]()), container.ErrMissing)
	})

	t.Run("says nothing about what no handler needs", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func(levelB) levelA { return levelA{} }), ctor(func(levelC) levelD { return levelD{} }))
		compiled(t, c)
	})

	for name, near := range map[string]struct {
		ctor any
		opts []dig.ProvideOption
		want string
	}{
		"a pointer to it": {func() *levelA { return nil }, nil, "*container_test.levelA"},
		"another name": {func() levelA { return levelA{} }, []dig.ProvideOption{dig.Name("spare")},
			`container_test.levelA[name="spare"]`},
		"an interface of it": {func() stringerOfLevel { return nil }, nil, "container_test.stringerOfLevel"},
		"a scoped pointer to it": {func() *levelA { return nil }, []dig.ProvideOption{container.Scoped()},
			"*container_test.levelA"},
	} {
		t.Run("suggests "+name, func(t *testing.T) {
			t.Parallel()
			c := containerOf(t, ctor(near.ctor, near.opts...), ctor(hold[levelA]))
			fault := soleFault(t, c, rootOf[*holder[levelA]]())
			assert.ErrorContains(t, fault, "did you mean "+near.want+"?")
		})
	}

	t.Run("suggests a type that implements a missing interface", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() label { return "" }), ctor(hold[stringer]))
		assert.ErrorContains(t, soleFault(t, c, rootOf[*holder[stringer]]()), "did you mean container_test.label?")
	})

	t.Run("suggests a handler of the same name", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() levelA { return levelA{} }))
		fault := soleFault(t, c, rootOf[*levelA]())
		require.ErrorIs(t, fault, container.ErrMissing)
		assert.ErrorContains(t, fault, "did you mean container_test.levelA?")
	})

	t.Run("suggests nothing if nothing is similar", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() levelB { return levelB{} }), ctor(hold[levelA]))
		assert.NotContains(t, soleFault(t, c, rootOf[*holder[levelA]]()).Error(), "did you mean")
	})
}

type stringer interface{ String() string }

func (levelA) Level() {}

type stringerOfLevel interface{ Level() }
