package bootstrap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
)

// A wardrobe keeps coats.
type wardrobe struct{ name string }

func newWardrobe() *wardrobe { panic("must not run") }

func TestNew_DefaultsAndReplacements(t *testing.T) {
	t.Parallel()
	// takes notes the name of the wardrobe that its handler received.
	takes := func(notes *[]string) bootstrap.Module {
		return bootstrap.Module{
			Name: "seating",
			Constructors: []any{newWardrobe, func(w *wardrobe) takeSeatFunc {
				return func(context.Context, takeSeat) error { *notes = append(*notes, w.name); return nil }
			}},
			Commands: bindTakeSeatFunc,
		}
	}
	fake := func() *wardrobe { return &wardrobe{"fake"} }

	t.Run("replaces what a module will provide, even after Invoke", func(t *testing.T) {
		t.Parallel()
		for _, invoke := range []bool{false, true} {
			var notes []string
			c := container.New()
			require.NoError(t, c.Replace(fake))
			require.NoError(t, c.ProvideDefault(func() int { return 7 }))
			if invoke {
				require.NoError(t, c.Invoke(func(int) {}))
			}
			m, err := bootstrap.New(c, nil, nil, bootstrap.WithModules(takes(&notes)), bootstrap.WithLogger(zap.NewNop()))
			require.NoError(t, err)
			require.NoError(t, m.Send(t.Context(), takeSeat{}))
			assert.Equal(t, []string{"fake"}, notes)
		}
	})

	t.Run("replaces what a mediator in the container needs", func(t *testing.T) {
		t.Parallel()
		var notes []string
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, nil, nil,
			bootstrap.WithModules(takes(&notes)), bootstrap.WithLogger(zap.NewNop())))
		require.NoError(t, c.Provide(newServer))
		require.NoError(t, c.Replace(fake))
		require.NoError(t, c.Invoke(func(s *server) error { return s.mediator.Send(t.Context(), takeSeat{}) }))
		assert.Equal(t, []string{"fake"}, notes)
	})

	t.Run("reports a replacement of nothing", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.Replace(fake))
		_, err := bootstrap.New(c, nil, nil)
		require.ErrorIs(t, err, container.ErrReplace)
	})
}
