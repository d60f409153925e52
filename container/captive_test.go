package container_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func TestContainer_Compile_Captive(t *testing.T) {
	t.Parallel()
	inScope := scoped(func() levelD { return levelD{} })

	for name, all := range map[string][]provided{
		"at once":  {inScope, ctor(func(levelD) levelA { return levelA{} })},
		"two down": {inScope, ctor(func(levelD) levelB { return levelB{} }), ctor(func(levelB) levelA { return levelA{} })},
		"below a scoped value": {
			inScope,
			ctor(func(levelD) levelB { return levelB{} }),
			scoped(func(levelB) levelA { return levelA{} }),
		},
		"through a group": {
			scoped(text("a"), dig.Group("texts")),
			ctor(func(texts) levelA { return levelA{} }),
		},
		"in a member of a group": {
			inScope,
			ctor(func(levelD) string { return "" }, dig.Group("texts")),
			scoped(func(texts) levelA { return levelA{} }),
		},
		"optionally": {
			inScope,
			ctor(func(struct {
				dig.In
				D levelD `optional:"true"`
			}) levelA {
				return levelA{}
			}),
		},
		"below something optional": {
			inScope,
			ctor(func(levelD) levelB { return levelB{} }),
			ctor(func(struct {
				dig.In
				B levelB `optional:"true"`
			}) levelA {
				return levelA{}
			}),
		},
		"the context": {ctor(func(context.Context) levelA { return levelA{} })},
	} {
		t.Run("finds a singleton that needs a scoped value "+name, func(t *testing.T) {
			t.Parallel()
			c := containerOf(t, append(all, ctor(hold[levelA]))...)
			fault := soleFault(t, c, rootOf[*holder[levelA]]())
			require.Equal(t, container.ErrCaptive, fault.Reason)
			assert.ErrorContains(t, fault, "captive_test.go:")
			assert.ErrorContains(t, fault, "bound at main.go:7")
		})
	}

	t.Run("finds a singleton that needs a handler", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() *holder[int] { return hold(1) }), ctor(func(*holder[int]) levelA { return levelA{} }),
			ctor(hold[levelA]))
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]](), rootOf[*holder[levelA]]()), container.ErrCaptive)
	})

	t.Run("accepts a singleton that another one holds", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, inScope, ctor(func() levelB { return levelB{} }), ctor(func(levelB) levelA { return levelA{} }))
		inRequest[levelA](t, c)
	})
}
