package container_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func newDatabaseValue() database               { return database{} }
func openForTests() *database                  { return &database{} }
func beginForTests() *transaction              { return &transaction{} }
func openAndBegin() (*database, *transaction)  { return nil, nil }
func openWithJournal() (*database, *journal)   { return nil, nil }
func openWithAccounts() (*database, *accounts) { return nil, nil }

// faultySubstitutes are mistakes with defaults and replacements.
func faultySubstitutes() []faulty {
	invoked := func(t *testing.T, c *container.Container) *container.Container {
		require.NoError(t, c.Invoke(func() {}))
		return c
	}
	replaced := func(t *testing.T, fake any, real ...provided) error {
		c := containerOf(t, real...)
		require.NoError(t, c.Replace(fake))
		return soleFault(t, c)
	}
	return []faulty{
		{"default_in_use", container.ErrRefused, func(t *testing.T) error {
			c := container.New()
			require.NoError(t, c.ProvideDefault(openDatabase))
			return invoked(t, c).Provide(openForTests)
		}},
		{"default_in_part", container.ErrDefault, func(t *testing.T) error {
			c := containerOf(t, ctor(openDatabase))
			require.NoError(t, c.ProvideDefault(openAndBegin))
			return soleFault(t, c)
		}},
		{"default_in_part_of_dig", container.ErrDefault, func(t *testing.T) error {
			raw := dig.New()
			require.NoError(t, raw.Provide(openDatabase))
			c := container.Wrap(raw)
			require.NoError(t, c.ProvideDefault(openAndBegin))
			return soleFault(t, c)
		}},
		{"default_of_wrapped_group", container.ErrRefused, func(t *testing.T) error {
			return container.Wrap(dig.New()).ProvideDefault(oneText, dig.Group("texts"))
		}},
		{"replace_late", container.ErrRefused, func(t *testing.T) error {
			return invoked(t, containerOf(t, ctor(openDatabase))).Replace(openForTests)
		}},
		{"replace_late_in_wrapped", container.ErrRefused, func(t *testing.T) error {
			c := container.Wrap(dig.New())
			provideTo(t, c, ctor(openDatabase))
			return c.Replace(openForTests)
		}},
		{"replace_raw", container.ErrRefused, func(t *testing.T) error {
			raw := dig.New()
			require.NoError(t, raw.Provide(openDatabase))
			return container.Wrap(raw).Replace(openForTests)
		}},
		{"replace_twice", container.ErrRefused, func(t *testing.T) error {
			c := containerOf(t, ctor(openDatabase))
			require.NoError(t, c.Replace(openForTests))
			return c.Replace(openBrokenDatabase)
		}},
		{"replace_nothing", container.ErrReplace, func(t *testing.T) error { return replaced(t, openForTests) }},
		{"replace_nothing_suggestion", container.ErrReplace, func(t *testing.T) error {
			return replaced(t, openForTests, ctor(newDatabaseValue))
		}},
		{"replace_more", container.ErrReplace, func(t *testing.T) error {
			return replaced(t, openWithJournal, ctor(openDatabase))
		}},
		{"replace_in_part", container.ErrReplace, func(t *testing.T) error {
			return replaced(t, beginForTests, ctor(openAndBegin))
		}},
		{"replace_provided_twice", container.ErrRefused, func(t *testing.T) error {
			c := container.New()
			require.NoError(t, c.Replace(openForTests))
			provideTo(t, c, ctor(openDatabase))
			return c.Provide(openWithAccounts)
		}},
	}
}
