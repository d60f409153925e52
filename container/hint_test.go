package container_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func TestPlan_Hints(t *testing.T) {
	t.Parallel()
	type (
		softTexts struct {
			dig.In
			All []string `group:"texts,soft"`
		}
		pointers struct {
			dig.In
			All []*string `group:"texts"`
		}
		stringers struct {
			dig.In
			All []fmt.Stringer `group:"labels"`
		}
	)
	newPointer := func() *string { return nil }
	newInt := func() int { return 1 }
	newNone := func() *holder[texts] { return nil }
	newLabel := func() label { return "" }
	group := func(fn any, name string, opts ...dig.ProvideOption) provided {
		return ctor(fn, append(opts, dig.Group(name))...)
	}

	t.Run("say where an empty group is, and which one may be meant", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, group(newPointer, "texts"), ctor(func(texts) levelA { return levelA{} }), ctor(hold[levelA]))
		plan := compiled(t, c, rootOf[*holder[levelA]]())
		require.Len(t, plan.Hints, 1)
		assert.Regexp(t, `^the value group string\[group="texts"\], which is needed by \S+ \(\S+hint_test.go:\d+\), `+
			`for \S+hold\[\.\.\.\] \(\S+\), bound at main.go:7, is empty; did you mean \*string\[group="texts"\]\?$`,
			plan.Hints[0])
	})

	for name, all := range map[string][]provided{
		"values, with members that are pointers":        {group(newPointer, "texts"), ctor(hold[texts])},
		"values, with scoped members that are pointers": {group(newPointer, "texts", container.Scoped()), ctor(hold[texts])},
		"values softly":       {group(newPointer, "texts"), ctor(func(in softTexts) *holder[texts] { return nil })},
		"pointers":            {group(text("value"), "texts"), ctor(func(in pointers) *holder[texts] { return nil })},
		"an interface":        {group(newLabel, "labels"), ctor(func(in stringers) *holder[texts] { return nil })},
		"values, in two ways": {group(newPointer, "texts"), ctor(func(texts, softTexts) *holder[texts] { return nil })},
	} {
		t.Run("are there for "+name, func(t *testing.T) {
			t.Parallel()
			assert.Len(t, compiled(t, containerOf(t, all...), rootOf[*holder[texts]]()).Hints, 1)
		})
	}

	for name, all := range map[string][]provided{
		"a group that nothing is like": {group(newPointer, "others"), group(newInt, "texts"), ctor(hold[texts])},
		"a group with members":         {group(newPointer, "texts"), group(text("a"), "texts"), ctor(hold[texts])},
		"a group that no handler needs": {group(newPointer, "texts"), ctor(func(texts) levelA { return levelA{} }),
			ctor(newNone)},
		"a group whose constructors return nothing": {
			group(newPointer, "texts"), group(func() []string { return nil }, "texts,flatten"), ctor(hold[texts]),
		},
	} {
		t.Run("are not there for "+name, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, compiled(t, containerOf(t, all...), rootOf[*holder[texts]]()).Hints)
		})
	}

	t.Run("are not there for a group that a decorator makes", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, group(newPointer, "texts"), ctor(hold[texts]))
		decorated(t, c, func() textsOut { return textsOut{All: []string{"made"}} })
		assert.Empty(t, compiled(t, c, rootOf[*holder[texts]]()).Hints)
	})

	t.Run("know of members that were given to dig directly", func(t *testing.T) {
		t.Parallel()
		for members, want := range map[string]int{"texts": 0, "others": 1} {
			raw := dig.New()
			require.NoError(t, raw.Provide(text("a"), dig.Group(members)))
			c := container.Wrap(raw)
			provideTo(t, c, group(newPointer, "texts"), ctor(hold[texts]))
			assert.Len(t, compiled(t, c, rootOf[*holder[texts]]()).Hints, want)
		}
	})
}

// unit is a transaction by its methods.
type unit struct{}

func (*unit) Commit() error   { return nil }
func (*unit) Rollback() error { return nil }

func TestPlan_Hints_transaction(t *testing.T) {
	t.Parallel()
	end := func(context.Context, error) error { return nil }
	for name, row := range map[string]struct {
		with provided
		want int
	}{
		"a scoped one without a finalizer": {ctor(func() *unit { return nil }, container.Scoped()), 1},
		"a scoped one with a finalizer": {
			ctor(func() (*unit, container.Finalizer) { return nil, end }, container.Scoped()), 0,
		},
		"a singleton": {ctor(func() *unit { return nil }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := containerOf(t, row.with, ctor(hold[*unit]))
			plan := compiled(t, c, rootOf[*holder[*unit]]())
			assert.Len(t, plan.Hints, row.want)
		})
	}
	t.Run("one that is made from another", func(t *testing.T) {
		t.Parallel()
		type named interface {
			Commit() error
			Rollback() error
		}
		c := containerOf(t, ctor(func() (*unit, container.Finalizer) { return nil, end }, container.Scoped()),
			ctor(func(u *unit) named { return u }, container.Scoped()), ctor(hold[named]))
		assert.Empty(t, compiled(t, c, rootOf[*holder[named]]()).Hints)
	})
}

// contextUnit is a transaction whose methods take a context.
type contextUnit struct{}

func (*contextUnit) Commit(context.Context) error   { return nil }
func (*contextUnit) Rollback(context.Context) error { return nil }

func TestPlan_Hints_nameTheFinalizer(t *testing.T) {
	t.Parallel()
	type unitOfWork interface {
		Commit(context.Context) error
		Rollback(context.Context) error
	}
	hint := func(with provided, root wiring.Root, handler provided) string {
		plan := compiled(t, containerOf(t, with, handler), root)
		require.Len(t, plan.Hints, 1)
		return plan.Hints[0]
	}
	assert.Contains(t, hint(ctor(func() *unit { return nil }, container.Scoped()), rootOf[*holder[*unit]](), ctor(hold[*unit])),
		"also return container.Transaction(tx)")
	assert.Contains(t, hint(ctor(func() *contextUnit { return nil }, container.Scoped()), rootOf[*holder[*contextUnit]](),
		ctor(hold[*contextUnit])), "also return container.TransactionContext(tx)")
	assert.Contains(t, hint(ctor(func() unitOfWork { return nil }, container.Scoped()), rootOf[*holder[unitOfWork]](),
		ctor(hold[unitOfWork])), "also return container.TransactionContext(tx)")
}
