package container_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// TestHandlers_have_options_of_dig compares a handler with what dig builds from its
// constructor, with each option that the constructor of a handler may have.
func TestHandlers_have_options_of_dig(t *testing.T) {
	t.Parallel()
	handlerOf := reflect.TypeFor[*alpha]()
	type one struct {
		dig.Out
		Alpha *alpha
	}
	type named struct {
		dig.Out
		Alpha *alpha `name:"one"`
	}
	type member struct {
		dig.Out
		Alpha *alpha `group:"all"`
	}
	type two struct {
		dig.Out
		Alpha *alpha
		Beta  *beta
	}
	plain := func(d *diary) any { return func() *alpha { return d.alpha("alpha") } }
	failing := func(d *diary) any { return func() (*alpha, error) { return d.alpha("alpha"), errTable } }

	for name, test := range map[string]struct {
		ctor  func(d *diary) any
		opts  []dig.ProvideOption
		bound reflect.Type
		want  error // nil if the handler equals the value that dig builds
	}{
		"a plain constructor": {plain, nil, handlerOf, nil},
		"As":                  {plain, []dig.ProvideOption{dig.As(new(namer))}, reflect.TypeFor[namer](), nil},
		"LocationForPC":       {plain, []dig.ProvideOption{dig.LocationForPC(0)}, handlerOf, nil},
		"Export":              {plain, []dig.ProvideOption{dig.Export(true)}, handlerOf, nil},
		"FillProvideInfo": {plain, []dig.ProvideOption{dig.FillProvideInfo(&dig.ProvideInfo{})}, handlerOf,
			nil},
		"a result object": {func(d *diary) any { return func() one { return one{Alpha: d.alpha("alpha")} } },
			nil, handlerOf, nil},
		"an error that is nil": {func(d *diary) any {
			return func() (*alpha, error) { return d.alpha("alpha"), nil }
		}, nil, handlerOf, nil},
		"an error":                      {failing, nil, handlerOf, errTable},
		"Name":                          {plain, []dig.ProvideOption{dig.Name("one")}, handlerOf, container.ErrMissing},
		"Group":                         {plain, []dig.ProvideOption{dig.Group("all")}, handlerOf, container.ErrMissing},
		"As, and bound by its own type": {plain, []dig.ProvideOption{dig.As(new(namer))}, handlerOf, container.ErrMissing},
		"a result object with a name": {func(*diary) any { return func() named { return named{} } }, nil, handlerOf,
			container.ErrMissing},
		"a result object with a group": {func(*diary) any { return func() member { return member{} } }, nil, handlerOf,
			container.ErrMissing},
		"As with two interfaces": {plain, []dig.ProvideOption{dig.As(new(namer), new(any))},
			reflect.TypeFor[namer](), container.ErrHandler},
		"two results": {func(*diary) any { return func() (*alpha, *beta) { return nil, nil } }, nil,
			handlerOf, container.ErrHandler},
		"a result object with two fields": {func(*diary) any { return func() two { return two{} } }, nil, handlerOf,
			container.ErrHandler},
		"WithProviderCallback": {
			plain, []dig.ProvideOption{dig.WithProviderCallback(func(dig.CallbackInfo) {})}, handlerOf, container.ErrHandler,
		},
		"WithProviderBeforeCallback": {
			plain, []dig.ProvideOption{dig.WithProviderBeforeCallback(func(dig.BeforeCallbackInfo) {})}, handlerOf,
			container.ErrHandler,
		},
	} {
		for lifetime, opt := range map[string][]dig.ProvideOption{"": nil, ", as a singleton": {container.Singleton()}} {
			t.Run(name+lifetime, func(t *testing.T) { // not parallel: dig writes into an option
				want := &diary{}
				reference := dig.New()
				require.NoError(t, reference.Provide(test.ctor(want), test.opts...))
				var made string
				if test.want == nil {
					in := []reflect.Type{test.bound}
					show := func(args []reflect.Value) []reflect.Value { made = writtenValue(args[0]); return nil }
					require.NoError(t, reference.Invoke(reflect.MakeFunc(reflect.FuncOf(in, nil, false), show).Interface()))
				}

				got := &diary{}
				c := container.New()
				require.NoError(t, c.Provide(test.ctor(got), append(opt[:len(opt):len(opt)], test.opts...)...))
				plan, err := c.Compile([]wiring.Root{{Type: test.bound, Bound: "bound"}})
				isSingleton := lifetime != ""
				if isSingleton && errors.Is(test.want, container.ErrHandler) {
					require.NoError(t, err, "a singleton may be whatever dig makes")
					return
				}
				var first any
				if err == nil {
					first, err = newScope(t, plan).Build(0)
				}
				if test.want != nil {
					require.ErrorIs(t, err, test.want)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, made, written(first))
				second, err := newScope(t, plan).Build(0)
				require.NoError(t, err)
				assert.Equal(t, isSingleton, first == second)
				assert.Equal(t, renumbered(made), renumbered(written(second)))
			})
		}
	}
}
