package container_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"pgregory.net/rapid"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// The typed constructors that the property draws from. Each value records what it was
// made from.
type (
	leafValue   struct{ text string }
	singleValue struct{ text string }
	objectValue struct{ text string }
	groupValue  struct{ text string }
	outValue    struct{ text string }
	maybeValue  interface{ Maybe() string }
	rootValue   struct{ text string }

	nothing  struct{ dig.In }
	objectIn struct {
		dig.In
		Leaf   *leafValue
		Single *singleValue `optional:"true"`
	}
	groupIn struct {
		dig.In
		All  []string `group:"texts"`
		Soft []string `group:"texts,soft"`
	}
	nestedIn struct {
		dig.In
		Leaf   *leafValue
		Nested struct {
			dig.In
			Object *objectValue
		}
	}
	outResult struct {
		dig.Out
		Value  *outValue
		Named  string `name:"named"`
		Member string `group:"texts"`
	}
	rootIn struct {
		dig.In
		Ctx    context.Context
		Leaf   *leafValue   `optional:"true"`
		Single *singleValue `optional:"true"`
		Object *objectValue
		Group  *groupValue
		Out    *outValue `optional:"true"`
		Named  string    `name:"named" optional:"true"`
		Maybe  maybeValue
	}
)

func (v *leafValue) Maybe() string { return v.text }

func show(v any) string {
	switch v := v.(type) {
	case *leafValue:
		if v != nil {
			return v.text
		}
	case *singleValue:
		if v != nil {
			return v.text
		}
	case *objectValue:
		if v != nil {
			return v.text
		}
	case *groupValue:
		if v != nil {
			return v.text
		}
	case *outValue:
		if v != nil {
			return v.text
		}
	}
	return "none"
}

// typedGraph is drawn by the property: the constructors, which of them fail, and how
// many of them are singletons.
type typedGraph struct {
	absent, failing map[int]bool
	singletons      int // the number of singletons, which come first
	nilMaybe        bool
}

var errTypedFails = errors.New("this constructor fails")

// containerOf provides the graph, with or without Typed. Values are numbered as they
// are built, which shows what is shared.
func (g typedGraph) containerOf(t require.TestingT, plain bool) *container.Container {
	built := 0
	label := func(name string, parts ...any) string {
		built++
		return fmt.Sprint(name, built, parts)
	}
	fails := func(i int) error {
		if g.failing[i] {
			return errTypedFails
		}
		return nil
	}
	leaf := func(nothing) *leafValue { return &leafValue{label("leaf")} }
	single := func(l *leafValue) *singleValue { return &singleValue{label("single", show(l))} }
	object := func(in objectIn) (*objectValue, error) {
		return &objectValue{label("object", show(in.Leaf), show(in.Single))}, fails(2)
	}
	out := func(in nestedIn) (outResult, error) {
		text := label("out", show(in.Leaf), show(in.Nested.Object))
		return outResult{Value: &outValue{text}, Named: "named " + text, Member: "member " + text}, fails(3)
	}
	group := func(in groupIn) *groupValue { return &groupValue{label("group", in.All, in.Soft)} }
	maybe := func(ctx context.Context) (maybeValue, error) {
		if g.nilMaybe {
			return nil, fails(5)
		}
		return &leafValue{label("maybe", ctx != nil)}, fails(5)
	}
	root := func(in rootIn) (*rootValue, error) {
		text := label("root", in.Ctx != nil, show(in.Leaf), show(in.Single), show(in.Object), show(in.Group), show(in.Out),
			in.Named, in.Maybe == nil)
		return &rootValue{text}, fails(6)
	}
	ctors := []struct{ plain, typed any }{
		{leaf, container.Typed(leaf)},
		{single, container.Typed(single)},
		{object, container.TypedErr(object)},
		{out, container.TypedErr(out)},
		{group, container.Typed(group)},
		{maybe, container.TypedErr(maybe)},
		{root, container.TypedErr(root)},
	}
	c := container.New()
	for i, ctor := range ctors {
		fn := ctor.typed
		if plain {
			fn = ctor.plain
		}
		var opts []dig.ProvideOption
		if i >= g.singletons && i < len(ctors)-1 {
			opts = append(opts, container.Scoped())
		}
		if !g.absent[i] {
			require.NoError(t, c.Provide(fn, opts...))
		}
	}
	return c
}

// outcomes builds the root twice in each of two scopes.
func (g typedGraph) outcomes(t *rapid.T, plain bool) (texts []string, class string) {
	plan, err := g.containerOf(t, plain).Compile([]wiring.Root{rootOf[*rootValue]()})
	if err != nil {
		return nil, classOf(err)
	}
	for range 2 {
		s := plan.NewScope(requestWith(context.Background()))
		for range 2 {
			v, err := s.Build(0)
			if err != nil {
				return texts, classOf(err)
			}
			texts = append(texts, v.(*rootValue).text)
		}
	}
	return texts, ""
}

func classOf(err error) string {
	return fmt.Sprint(errors.Is(err, container.ErrMissing), errors.Is(err, container.ErrCaptive),
		errors.Is(err, container.ErrBuild), errors.Is(err, errTypedFails))
}

func TestTyped_is_like_the_plain_constructor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := typedGraph{
			absent:     map[int]bool{rapid.IntRange(0, 20).Draw(t, "absent"): true},
			failing:    map[int]bool{rapid.IntRange(0, 14).Draw(t, "failing"): true},
			singletons: rapid.IntRange(0, 5).Draw(t, "singletons"),
			nilMaybe:   rapid.Bool().Draw(t, "nilMaybe"),
		}
		delete(g.absent, 6)
		plainTexts, plainClass := g.outcomes(t, true)
		typedTexts, typedClass := g.outcomes(t, false)
		assert.Equal(t, plainClass, typedClass)
		assert.Equal(t, plainTexts, typedTexts)
	})
}

func TestTyped(t *testing.T) {
	t.Parallel()

	t.Run("names the constructor in errors, not its wrapper", func(t *testing.T) {
		t.Parallel()
		fails := func(nothing) (int, error) { return 0, errTypedFails }
		plainErr := inRequestError[int](t, containerOf(t, scoped(fails)))
		typedErr := inRequestError[int](t, containerOf(t, scoped(container.TypedErr(fails))))
		assert.Equal(t, plainErr.Error(), typedErr.Error())
	})
	t.Run("accepts the options of Provide", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(container.Typed(func(nothing) *leafValue { return &leafValue{"as"} }),
			container.As(new(maybeValue))))
		assert.Equal(t, "as", inRequest[maybeValue](t, c).Maybe())
	})
	t.Run("works as a singleton", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(container.Typed(func(nothing) int { return 7 })))
		assert.Equal(t, 7, inRequest[int](t, c))
	})
	t.Run("rejects a nil constructor", func(t *testing.T) {
		t.Parallel()
		err := container.New().Provide(container.Typed[nothing, int](nil))
		assert.ErrorContains(t, err, "nil func(container_test.nothing) int")
	})
	t.Run("rejects what dig rejects", func(t *testing.T) {
		t.Parallel()
		err := container.New().Provide(container.Typed(func(outResult) int { return 0 }))
		assert.ErrorContains(t, err, "cannot depend on result objects")
	})
	t.Run("needs no scope if it needs only singletons", func(t *testing.T) {
		t.Parallel()
		type handler struct{ leaf *leafValue }
		c := containerOf(t,
			ctor(func() *leafValue { return new(leafValue) }),
			ctor(container.Typed(func(l *leafValue) *handler { return &handler{l} })),
		)
		free := compiled(t, c, rootOf[*handler]()).Factories[0].New
		require.NotNil(t, free)
		v, err := free()
		require.NoError(t, err)
		assert.NotNil(t, v.(*handler).leaf)
	})
}
