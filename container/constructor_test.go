package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// Uses of groups that dig accepts but nobody can intend.
func TestContainer_refuses_groups_that_nobody_means(t *testing.T) {
	t.Parallel()
	type (
		nameless struct {
			dig.In
			All []string `group:",soft"`
		}
		nested struct {
			dig.In
			Nameless nameless
		}
		namelessOut struct {
			dig.Out
			All []string `group:",flatten"`
		}
		nestedOut struct {
			dig.Out
			Nameless namelessOut
		}
		flatOut struct {
			dig.Out
			All [][]string `group:"texts,flatten"`
		}
		nestedFlatOut struct {
			dig.Out
			Flat flatOut
		}
	)
	lifetimes := [][]dig.ProvideOption{nil, {container.Scoped()}, {container.Singleton()}}

	for name, provided := range map[string]provided{
		"a parameter without a name":           ctor(func(nameless) int { return 1 }),
		"a nested parameter without a name":    ctor(func(nested) int { return 1 }),
		"a result without a name":              ctor(func() namelessOut { return namelessOut{} }),
		"a nested result without a name":       ctor(func() nestedOut { return nestedOut{} }),
		"an option without a name":             ctor(func() []string { return nil }, dig.Group(",flatten")),
		"a typed constructor's without a name": ctor(container.Typed(func(nameless) int { return 1 })),
	} {
		t.Run("rejects "+name, func(t *testing.T) {
			t.Parallel()
			for _, opts := range lifetimes {
				err := container.New().Provide(provided.ctor, append(opts, provided.opts...)...)
				require.ErrorIs(t, err, container.ErrRefused)
				assert.ErrorContains(t, err, "has no name; put one before the comma")
			}
		})
	}

	for name, decorator := range map[string]any{
		"a decorator's parameter without a name": func(_ nameless, s string) string { return s },
		"a flattened group of a decorator":       func(in texts) flatOut { return flatOut{All: [][]string{in.All}} },
		"a nested one":                           func(in texts) nestedFlatOut { return nestedFlatOut{} },
	} {
		t.Run("rejects "+name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, dig.New().Decorate(decorator))
			for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
				require.ErrorIs(t, container.New().Decorate(decorator, opts...), container.ErrRefused)
			}
		})
	}
}
