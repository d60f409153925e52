package container_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func TestOption(t *testing.T) {
	t.Parallel()

	t.Run("describes itself", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "Scoped()", container.Scoped().String())
		assert.Equal(t, "Singleton()", fmt.Sprint(container.Singleton()))
	})

	t.Run("is rejected by dig itself, with a hint where it belongs", func(t *testing.T) {
		t.Parallel()
		for _, opt := range []container.Option{container.Scoped(), container.Singleton()} {
			err := dig.New().Provide(text("value"), opt)
			require.Error(t, err)
			assert.ErrorContains(t, err, "container."+opt.String())
			assert.ErrorContains(t, err, "only a container.Container knows this option")
		}
	})

	t.Run("panics in a decorator of dig itself, with a hint where it belongs", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(text("value")))
		require.NoError(t, raw.Decorate(plus("!"), container.Scoped()))
		defer func() { assert.Contains(t, fmt.Sprint(recover()), "only a container.Container knows this option") }()
		_ = raw.Invoke(func(string) {})
		t.Error("dig did not use the option")
	})

	t.Run("excludes the other", func(t *testing.T) {
		t.Parallel()
		err := container.New().Provide(text("value"), container.Scoped(), container.Singleton())
		assert.ErrorIs(t, err, container.ErrRefused)
	})

	t.Run("may be given twice", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("value"), container.Scoped()))
		assert.Equal(t, "value", inRequest[string](t, c))
	})

	t.Run("may be given before and after others", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("a"), container.Scoped(), dig.Group("texts")),
			ctor(text("b"), dig.Group("texts"), container.Scoped()))
		assert.Equal(t, []string{"a", "b"}, inRequest[texts](t, c).All)
	})

	t.Run("rejects nil", func(t *testing.T) {
		t.Parallel()
		err := container.New().Provide(text("value"), container.Scoped(), nil)
		require.ErrorIs(t, err, container.ErrRefused)
		assert.ErrorContains(t, err, "option 2 is nil")
	})
}

func TestContainer_Provide_DigOptions(t *testing.T) {
	t.Parallel()

	t.Run("fills in what dig knows about a scoped constructor", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Number int `name:"n" optional:"true"`
		}
		fn := func(in, float64) (label, error) { return "", nil }
		fill := func(provide func(any, ...dig.ProvideOption) error, opts ...dig.ProvideOption) (in, out []string) {
			var info dig.ProvideInfo
			opts = append(opts, dig.FillProvideInfo(&info), dig.As(new(stringer)), dig.Name("one"))
			require.NoError(t, provide(fn, opts...))
			for _, i := range info.Inputs {
				in = append(in, i.String())
			}
			for _, o := range info.Outputs {
				out = append(out, o.String())
			}
			return in, out
		}
		wantIn, wantOut := fill(dig.New().Provide)
		gotIn, gotOut := fill(container.New().Provide, container.Scoped())
		assert.Equal(t, wantIn, gotIn)
		assert.Equal(t, wantOut, gotOut)
		assert.Equal(t, []string{"int[optional, name = \"n\"]", "float64"}, gotIn)

		gotIn, gotOut = fill(container.New().Provide)
		assert.Equal(t, wantIn, gotIn)
		assert.Equal(t, wantOut, gotOut)
	})

	t.Run("fills in every FillProvideInfo", func(t *testing.T) {
		t.Parallel()
		var first, second dig.ProvideInfo
		containerOf(t, scoped(text("value"), dig.FillProvideInfo(&first), dig.FillProvideInfo(&second)))
		assert.Len(t, first.Outputs, 1)
		assert.Len(t, second.Outputs, 1)
	})

	t.Run("names the location that LocationForPC gives", func(t *testing.T) {
		t.Parallel()
		at := dig.LocationForPC(reflect.ValueOf(strings.ToUpper).Pointer())
		for _, opts := range [][]dig.ProvideOption{{at}, {at, container.Scoped()}} {
			c := containerOf(t, ctor(func(levelA) string { return "" }, opts...), ctor(hold[string]))
			assert.ErrorContains(t, soleFault(t, c, rootOf[*holder[string]]()), "ToUpper")
		}
	})

	t.Run("accepts Export, which changes nothing", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "value", inRequest[string](t, containerOf(t, scoped(text("value"), dig.Export(true)))))
	})

	t.Run("rejects a callback of a scoped constructor", func(t *testing.T) {
		t.Parallel()
		for _, opt := range []dig.ProvideOption{
			dig.WithProviderCallback(func(dig.CallbackInfo) {}),
			dig.WithProviderBeforeCallback(func(dig.BeforeCallbackInfo) {}),
		} {
			c := container.New()
			err := c.Provide(text("value"), opt, container.Scoped())
			require.ErrorIs(t, err, container.ErrRefused)
			assert.ErrorIs(t, soleFault(t, c), container.ErrRefused)
		}
	})

	t.Run("honors a callback of a singleton", func(t *testing.T) {
		t.Parallel()
		var names []string
		callback := dig.WithProviderCallback(func(info dig.CallbackInfo) { names = append(names, info.Name) })
		assert.Equal(t, "value", inRequest[string](t, containerOf(t, ctor(text("value"), callback))))
		assert.Len(t, names, 1)
	})
}
