package container_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/twins"
	kitchen "github.com/digcqrs/digcqrs/internal/twins/kitchen/order"
	shop "github.com/digcqrs/digcqrs/internal/twins/shop/order"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func newShopRepo() *shop.Repo       { return nil }
func newKitchenRepo() *kitchen.Repo { return nil }

func TestError_tells_types_of_the_same_name_apart(t *testing.T) {
	t.Parallel()
	shopRepo, kitchenRepo := "*"+twins.InShop+"Repo", "*"+twins.InKitchen+"Repo"

	for name, test := range map[string]struct {
		err  func(t *testing.T) error
		want []string
	}{
		"what is missing and what is there": {func(t *testing.T) error {
			return soleFault(t, containerOf(t, ctor(newShopRepo), ctor(hold[*kitchen.Repo])), rootOf[*holder[*kitchen.Repo]]())
		}, []string{"nothing provides " + kitchenRepo + ", which", "did you mean " + shopRepo + "?"}},
		"what is missing under a name": {func(t *testing.T) error {
			c := containerOf(t, ctor(newShopRepo, dig.Name("a")), ctor(hold[*kitchen.Repo]))
			return soleFault(t, c, rootOf[*holder[*kitchen.Repo]]())
		}, []string{kitchenRepo, shopRepo + `[name="a"]?`}},
		"a handler and what is there": {func(t *testing.T) error {
			return soleFault(t, containerOf(t, ctor(func() *shop.PlaceHandler { return nil })), rootOf[*kitchen.PlaceHandler]())
		}, []string{"the handler *" + twins.InKitchen + "PlaceHandler (", "did you mean *" + twins.InShop + "PlaceHandler?"}},
		"what a crowded constructor provides": {func(t *testing.T) error {
			c := containerOf(t, ctor(func() (*shop.PlaceHandler, *kitchen.PlaceHandler) { return nil, nil }))
			return soleFault(t, c, rootOf[*shop.PlaceHandler]())
		}, []string{
			"provides *" + twins.InShop + "PlaceHandler and *" + twins.InKitchen + "PlaceHandler, but *" + twins.InShop +
				"PlaceHandler (",
		}},
		"what a singleton needs of a request": {func(t *testing.T) error {
			c := containerOf(t, scoped(newShopRepo), scoped(newKitchenRepo), ctor(hold[*counted]),
				ctor(func(*shop.Repo, *kitchen.Repo) *counted { return nil }))
			return soleFault(t, c, rootOf[*holder[*counted]]())
		}, []string{"needs " + shopRepo + " and " + kitchenRepo + ", which are scoped"}},
		"what a constructor fails to build": {func(t *testing.T) error {
			c := containerOf(t, scoped(func() (*shop.Repo, *kitchen.Repo, error) { return nil, nil, errDown }))
			return inRequestError[*shop.Repo](t, c)
		}, []string{"failed to build " + shopRepo + " or " + kitchenRepo + ": "}},
		"what a handler needs, quoted": {func(t *testing.T) error {
			c := containerOf(t, ctor(func(*kitchen.PlaceHandler) *shop.PlaceHandler { return nil }),
				scoped(func() (*kitchen.PlaceHandler, error) { return nil, errDown }))
			_, err := newScope(t, compiled(t, c, rootOf[*shop.PlaceHandler]())).Build(0)
			return err
		}, []string{"the handler *" + twins.InShop + "PlaceHandler: ", "failed to build *" + twins.InKitchen +
			"PlaceHandler: "}},
		"what a decorator takes and makes": {func(t *testing.T) error {
			c := containerOf(t, ctor(newShopRepo))
			decorated(t, c, func(r *shop.Repo) *shop.Repo { return r })
			return c.Decorate(func(*kitchen.Repo) *shop.Repo { return nil })
		}, []string{"func(" + kitchenRepo + ") " + shopRepo + ": " + shopRepo + " already decorated"}},
		"all problems of a container": {func(t *testing.T) error {
			c := containerOf(t, ctor(hold[*kitchen.Repo]), ctor(hold[*shop.Repo]))
			_, err := c.Compile([]wiring.Root{rootOf[*holder[*kitchen.Repo]](), rootOf[*holder[*shop.Repo]]()})
			return err
		}, []string{"nothing provides " + kitchenRepo + ", ", "nothing provides " + shopRepo + ", "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.err(t)
			require.Error(t, err)
			for _, want := range test.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}

	t.Run("and never suggests the type that was asked for", func(t *testing.T) {
		t.Parallel()
		type repo struct{}
		known, c := reflect.TypeFor[*repo](), containerOf(t, ctor(func() *repo { return nil }))
		{
			type repo struct{}
			require.Equal(t, known.String(), reflect.TypeFor[*repo]().String())
			err := soleFault(t, c, rootOf[*repo]())
			assert.ErrorContains(t, err, "; provide its constructor to the container")
			assert.NotContains(t, err.Error(), "did you mean")
		}
	})
}

// manyOut provides as many values as a constructor may.
type manyOut struct {
	dig.Out
	A string `name:"a"`
	B string `name:"b"`
	C string `name:"c"`
	D string `name:"d"`
	E string `name:"e"`
	F string `name:"f"`
	G string `name:"g"`
	H string `name:"h"`
}

func TestError_is_bounded(t *testing.T) {
	t.Parallel()
	huge := testkit.LongError()
	type in struct {
		dig.In
		A string `name:"a"`
	}

	t.Run("with all that a constructor provides", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func() (manyOut, error) { return manyOut{}, errDown }))
		assert.ErrorContains(t, inRequestError[in](t, c),
			`string[name="a"], string[name="b"], string[name="c"], (2 more), `+
				`string[name="f"], string[name="g"] or string[name="h"]: `)
	})

	t.Run("with a long cause", func(t *testing.T) {
		t.Parallel()
		for name, err := range map[string]error{
			"scoped":    inRequestError[in](t, containerOf(t, scoped(func() (manyOut, error) { return manyOut{}, huge }))),
			"singleton": inRequestError[in](t, containerOf(t, ctor(func() (manyOut, error) { return manyOut{}, huge }))),
		} {
			require.ErrorIs(t, err, huge, name)
			assert.Less(t, len(err.Error()), 10_000, name)
			assert.ErrorContains(t, err, "xxend", name)
		}
	})

	t.Run("with many problems", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		for range 1000 {
			_ = c.Provide("no constructor")
		}
		_, err := c.Compile(nil)
		assert.ErrorContains(t, err, "\n(950 more)\n")
		assert.Len(t, faults(t, err), 1000)
	})

	t.Run("with many finalizers that fail", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		failing := func(context.Context, error) error { return huge }
		for range 200 {
			provideTo(t, c, ctor(func() (string, container.Finalizer) { return "", failing }, dig.Group("texts")))
		}
		require.NoError(t, c.Invoke(func(texts) {}))
		err := c.Close(t.Context())
		assert.Len(t, faults(t, err), 200)
		assert.ErrorContains(t, err, "\n(150 more)\n")
		assert.Less(t, len(err.Error()), 51*5000)
	})
}
