package container_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// secret is a value that must not appear in a text.
const secret = "hunter2"

// vault is a value with methods that reveal its contents.
type vault struct{ password string }

func (v vault) String() string { return v.password }
func (v vault) Error() string  { return v.password }

// factory has constructors as methods.
type factory struct{ made int }

func beginTyped(struct{ dig.In }) (*transaction, error) { return nil, errDown }

func (*factory) text() string                             { return "made" }
func (f factory) number() int                             { return f.made }
func (*factory) broken() (string, error)                  { return "", errDown }
func (*factory) traced(s string) string                   { return s }
func (*factory) scopedText(int) (string, error)           { return "", errDown }
func (*factory) finalized() (string, container.Finalizer) { return "", nil }

func TestContainer_calls_without_a_function(t *testing.T) {
	t.Parallel()
	calls := map[string]func(c *container.Container, fn any) error{
		"Provide":         func(c *container.Container, fn any) error { return c.Provide(fn) },
		"Provide scoped":  func(c *container.Container, fn any) error { return c.Provide(fn, container.Scoped()) },
		"ProvideAll":      func(c *container.Container, fn any) error { return c.ProvideAll(func() int { return 1 }, fn) },
		"Decorate":        func(c *container.Container, fn any) error { return c.Decorate(fn) },
		"Decorate scoped": func(c *container.Container, fn any) error { return c.Decorate(fn, container.Scoped()) },
		"Invoke":          func(c *container.Container, fn any) error { return c.Invoke(fn) },
	}
	values := map[string]struct {
		value any
		text  string
	}{
		"nil":                       {nil, "is nil; pass a function"},
		"a string":                  {secret, "is a value of type string; pass a function"},
		"a struct":                  {vault{secret}, "is a value of type container_test.vault; pass a function"},
		"a pointer":                 {&vault{secret}, "is a value of type *container_test.vault; pass a function"},
		"a slice of constructors":   {[]any{secret}, "is a value of type []interface {}; pass a function"},
		"a pointer to a function":   {new(func() string), "is a value of type *func() string; pass a function"},
		"a nil function":            {(func(string) string)(nil), "is a nil func(string) string; pass a function"},
		"an empty TypedConstructor": {container.TypedConstructor{}, "container.TypedConstructor; "},
		"an option of dig":          {dig.Name(secret), "is the option Name"},
		"an option for As":          {dig.As(nil), "is the option As"},
		"an option of Invoke":       {dig.FillInvokeInfo(&dig.InvokeInfo{}), "is the option "},
		"an option of a container":  {container.Scoped(), "is the option Scoped()"},
	}
	for call, do := range calls {
		for what, test := range values {
			t.Run(call+" of "+what+" says where it is called, and nothing of the value", func(t *testing.T) {
				t.Parallel()
				c := container.New()
				err := do(c, test.value)
				require.ErrorIs(t, err, container.ErrRefused)
				name, _, _ := strings.Cut(call, " ")
				assert.Regexp(t, `^container: `+name+` at /.*/call_test\.go:\d+: `, err.Error())
				assert.ErrorContains(t, err, test.text)
				for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err)} {
					assert.NotContains(t, text, secret)
					assert.NotContains(t, text, "panic")
				}
				if call != "Invoke" {
					assert.Len(t, compileError(t, c), 1, "Compile reports it again")
				}
			})
		}
	}

	t.Run("ProvideAll with an option suggests Provide", func(t *testing.T) {
		t.Parallel()
		err := container.New().ProvideAll(openDatabase, begin, container.Scoped())
		assert.ErrorContains(t, err,
			": argument 3 is the option Scoped(), but ProvideAll takes constructors only; use Provide")
	})

	t.Run("Invoke rejects a nil option", func(t *testing.T) {
		t.Parallel()
		err := container.New().Invoke(func() {}, dig.FillInvokeInfo(&dig.InvokeInfo{}), nil)
		require.ErrorIs(t, err, container.ErrRefused)
		assert.Regexp(t, `^container: Invoke at /.*/call_test\.go:\d+: option 2 is nil; remove it$`, err.Error())
	})
}

func TestContainer_names_method_values(t *testing.T) {
	t.Parallel()
	f := &factory{}
	root := rootOf[*holder[string]]()

	for name, test := range map[string]struct {
		method string
		err    func(t *testing.T) error
	}{
		"that are refused": {"(*factory).text", func(t *testing.T) error {
			return containerOf(t, ctor(f.text)).Provide(f.text)
		}},
		"that are refused as scoped constructors": {"(*factory).text", func(t *testing.T) error {
			return containerOf(t, scoped(f.text)).Provide(f.text, container.Scoped())
		}},
		"that are refused beside a finalizer": {"(*factory).finalized", func(t *testing.T) error {
			return containerOf(t, ctor(f.finalized)).Provide(f.finalized)
		}},
		"that are refused as decorators": {"(*factory).traced", func(t *testing.T) error {
			c := containerOf(t, ctor(f.text))
			decorated(t, c, f.traced)
			return c.Decorate(f.traced)
		}},
		"of a value that is refused": {"factory.number", func(t *testing.T) error {
			return containerOf(t, ctor(f.number)).Provide(f.number)
		}},
		"that fail to make a singleton": {"(*factory).broken", func(t *testing.T) error {
			return soleFault(t, containerOf(t, ctor(hold[string]), ctor(f.broken)), root)
		}},
		"that fail in a request": {"(*factory).broken", func(t *testing.T) error {
			return inRequestError[string](t, containerOf(t, scoped(f.broken)))
		}},
		"that lack something": {"(*factory).scopedText", func(t *testing.T) error {
			return soleFault(t, containerOf(t, ctor(hold[string]), scoped(f.scopedText)), root)
		}},
		"whose values are asked for outside of a request": {"(*factory).text", func(t *testing.T) error {
			return containerOf(t, scoped(f.text)).Invoke(func(string) {})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.err(t)
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err)} {
				assert.Contains(t, text, "container_test."+test.method)
				if own, _ := errors.AsType[*container.Error](err); own == err {
					assert.NotContains(t, text, "<autogenerated>")
					assert.NotContains(t, text, "-fm")
				}
			}
		})
	}
}

func TestContainer_honours_LocationForPC(t *testing.T) {
	t.Parallel()
	at := dig.LocationForPC(reflect.ValueOf(openDatabase).Pointer())
	const where = "error_test.go:" // where openDatabase is

	for name, opts := range map[string][]dig.ProvideOption{
		"of singletons": {at}, "of scoped constructors": {at, container.Scoped()},
		"of singletons that say so": {at, container.Singleton()}, "that is given last": {dig.LocationForPC(0), at},
	} {
		t.Run("in errors about a second constructor "+name, func(t *testing.T) {
			t.Parallel()
			var c counter
			err := containerOf(t, ctor(c.make, opts...)).Provide(func() *counted { return nil })
			require.ErrorIs(t, err, container.ErrRefused)
			assert.ErrorContains(t, err, "provided by")
			assert.ErrorContains(t, err, where)

			err = containerOf(t, ctor(func() *counted { return nil })).Provide(c.make, opts...)
			require.ErrorIs(t, err, container.ErrRefused)
			assert.Regexp(t, `^container: Provide rejected container_test\.openDatabase \(/.*/error_test\.go:\d+\): `,
				err.Error())
		})
	}

	for name, test := range map[string]func(t *testing.T) error{
		"about a constructor that fails in a request": func(t *testing.T) error {
			return inRequestError[*transaction](t, containerOf(t, scoped(beginBroken, at)))
		},
		"about a constructor of a singleton that fails": func(t *testing.T) error {
			return inRequestError[*transaction](t, containerOf(t, ctor(beginBroken, at)))
		},
		"about a scoped value outside of a request": func(t *testing.T) error {
			return containerOf(t, scoped(func() *transaction { return nil }, at)).Invoke(func(*transaction) {})
		},
		"about a scoped group outside of a request": func(t *testing.T) error {
			c := containerOf(t, scoped(func() string { return "" }, at, dig.Group("texts")))
			return c.Invoke(func(texts) {})
		},
	} {
		t.Run("in errors "+name, func(t *testing.T) {
			t.Parallel()
			assert.Regexp(t, `openDatabase \(\S*error_test\.go:\d+\)`, test(t).Error())
		})
	}

	t.Run("but not if no function is there", func(t *testing.T) {
		t.Parallel()
		err := containerOf(t, ctor(openDatabase)).Provide(openBrokenDatabase, dig.LocationForPC(0), container.Scoped())
		assert.ErrorContains(t, err, "container_test.openBrokenDatabase (")
	})
}

func TestError_from_dig(t *testing.T) {
	t.Parallel()
	asked := []wiring.Root{asked[*accounts]("a middleware at main.go:14")}

	t.Run("keeps the multi-line form with %+v", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(openBrokenDatabase))
		require.NoError(t, raw.Provide(begin))
		want := fmt.Sprintf("%+v", raw.Invoke(func(*transaction) {}))
		_, want, _ = strings.Cut(want, "failed to build *container_test.transaction:\n")
		require.Contains(t, want, "\n\t")

		c := containerOf(t, ctor(openBrokenDatabase), ctor(begin), scoped(newAccounts))
		_, err := c.Compile(asked)
		require.ErrorIs(t, err, errDown)
		assert.NotContains(t, err.Error(), "\n")
		_, tail, _ := strings.Cut(want, "failed to build *container_test.database:\n")
		assert.Contains(t, fmt.Sprintf("%+v", err), tail)
		assert.Contains(t, fmt.Sprintf("%+v", soleFault(t, c, asked...)), tail)

		refused := dig.New()
		require.NoError(t, refused.Provide(openDatabase))
		want = fmt.Sprintf("%+v", refused.Provide(openBrokenDatabase))
		require.Contains(t, want, "\n\t")
		c = containerOf(t, ctor(openDatabase))
		assert.Contains(t, fmt.Sprintf("%+v", c.ProvideAll(openBrokenDatabase)), want)
		assert.Contains(t, fmt.Sprintf("%+v", c.Provide(openBrokenDatabase)), want)
	})

	t.Run("leads dig.RootCause to the error of a constructor", func(t *testing.T) {
		t.Parallel()
		for name, all := range map[string][]provided{
			"singleton":        {ctor(beginBroken), ctor(newAccounts)},
			"scoped":           {scoped(beginBroken), scoped(newAccounts)},
			"below a scoped":   {ctor(beginBroken), scoped(newAccounts)},
			"typed and scoped": {scoped(container.TypedErr(beginTyped)), scoped(newAccounts)},
		} {
			c := containerOf(t, all...)
			plan, err := c.Compile(asked)
			if err == nil {
				_, err = newScope(t, plan).Build(0)
			}
			require.Error(t, err, name)
			assert.Same(t, errDown, dig.RootCause(err), name)
			assert.Same(t, errDown, dig.RootCause(fmt.Errorf("wrapped: %w", err)), name)
		}
		c := containerOf(t, scoped(beginBroken), scoped(newAccounts), ctor(newJoinHandler))
		_, err := newScope(t, compiled(t, c, bound[*joinHandler]("bound"))).Build(0)
		assert.Same(t, errDown, dig.RootCause(err), "a handler")
		c = containerOf(t, ctor(func() (*joinHandler, error) { return nil, errDown }))
		_, err = compiled(t, c, bound[*joinHandler]("bound")).Factories[0].New()
		assert.Same(t, errDown, dig.RootCause(err), "a handler that needs nothing")
		c = containerOf(t, ctor(openDatabase), scoped(begin), scoped(newAccounts))
		decorated(t, c, tracedBroken)
		_, err = newScope(t, compiled(t, c, asked...)).Build(0)
		assert.Same(t, errDown, dig.RootCause(err), "a decorator")
	})

	t.Run("has the cause of a failed constructor in its chain, unchanged", func(t *testing.T) {
		t.Parallel()
		err := own(t, inRequestError[*transaction](t, containerOf(t, scoped(beginBroken))))
		inner := own(t, err.Cause)
		assert.Same(t, errDown, inner.Cause)
		assert.ErrorIs(t, err, errDown)
	})
}

func TestContainer_Provide_options_of_dig(t *testing.T) {
	t.Parallel()

	t.Run("are rejected in the words of dig rather than with a panic", func(t *testing.T) {
		t.Parallel()
		for _, as := range [][]any{{nil}, {1}, {secret}, {vault{secret}}, {new(any), nil}} {
			opt := dig.As(as...)
			want := dig.New().Provide(openDatabase, opt)
			require.Error(t, want)
			for _, life := range [][]dig.ProvideOption{{opt}, {opt, container.Scoped()}, {container.Singleton(), opt}} {
				err := container.New().Provide(openDatabase, life...)
				require.ErrorIs(t, err, container.ErrRefused)
				assert.EqualError(t, own(t, err).Cause, want.Error())
				assert.NotContains(t, err.Error(), secret)
			}
		}
	})
}
