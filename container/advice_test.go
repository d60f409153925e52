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

// onAccounts is advice on what to ask for instead of accounts.
func onAccounts() wiring.Known {
	return wiring.Known{Type: reflect.TypeFor[*accounts](), Advice: "ask for the journal"}
}

// faultyAdvised are mistakes about which there is advice.
func faultyAdvised() []faulty {
	return []faulty{
		{"missing_advice", container.ErrMissing, func(t *testing.T) error {
			c := containerOf(t, ctor(newJoinHandler))
			_, err := c.Compile([]wiring.Root{bound[*joinHandler]("bound to app.Join at main.go:12")}, onAccounts())
			return faults(t, err)[0]
		}},
		{"missing_advice_in_invoke", container.ErrMissing, func(t *testing.T) error {
			return advised(t, ctor(newJoinHandler)).Invoke(takeJoinHandler)
		}},
	}
}

func takeJoinHandler(*joinHandler) {}

// advised returns a container that has been compiled with advice.
func advised(t *testing.T, all ...provided) *container.Container {
	t.Helper()
	c := containerOf(t, all...)
	_, err := c.Compile(nil, onAccounts())
	require.NoError(t, err)
	return c
}

func TestContainer_Invoke_Advice(t *testing.T) {
	t.Parallel()

	t.Run("keeps dig's error in the chain", func(t *testing.T) {
		t.Parallel()
		err := advised(t, ctor(newJoinHandler)).Invoke(takeJoinHandler)
		_, isDigs := errors.AsType[dig.Error](err)
		assert.True(t, isDigs)
		require.ErrorIs(t, err, container.ErrMissing)
	})

	for name, test := range map[string]struct {
		all []provided
		fn  any
	}{
		"of the function":                   {[]provided{ctor(newJoinHandler)}, func() error { return errDown }},
		"of a constructor":                  {[]provided{ctor(openBrokenDatabase)}, func(*database) {}},
		"about another type":                {nil, func(*journal) {}},
		"about the type under a name":       {nil, func(namedAccounts) {}},
		"of a function that can do without": {nil, func(optionalAccounts) error { return errDown }},
		"of a constructor, if the type is provided": {
			[]provided{ctor(func() (*accounts, error) { return nil, errDown })}, func(*accounts) {},
		},
	} {
		t.Run("leaves alone an error "+name, func(t *testing.T) {
			t.Parallel()
			err := advised(t, test.all...).Invoke(test.fn)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "ask for the journal")
			require.NotErrorIs(t, err, container.ErrMissing)
		})
	}
}

type namedAccounts struct {
	dig.In
	Accounts *accounts `name:"other"`
}

type optionalAccounts struct {
	dig.In
	Accounts *accounts `optional:"true"`
}
