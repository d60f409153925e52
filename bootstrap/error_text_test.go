package bootstrap_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/twins"
	kitchen "github.com/digcqrs/digcqrs/internal/twins/kitchen/order"
	shop "github.com/digcqrs/digcqrs/internal/twins/shop/order"
)

func TestError_text(t *testing.T) {
	t.Parallel()

	t.Run("keeps the long form of dig with %+v, even in a list", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(newTakeSeatHandlerOfPlan, func() (*seatPlan, error) { return nil, errDown }))
		for _, again := range []bool{false, true} {
			_, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
				bindTakeSeat(m)
				if again {
					bindTakeSeat(m)
				}
			}, nil)
			require.ErrorIs(t, err, errDown)
			assert.NotContains(t, err.Error(), "\n\t")
			long := `received non-nil error from function \S+\n\t\S+error_text_test\.go:\d+:\nconnection refused`
			assert.Regexp(t, long, fmt.Sprintf("%+v", err))
			assert.Same(t, errDown, dig.RootCause(err))
		}
	})

	t.Run("of a request leads dig.RootCause to the error of a constructor", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.Provide(newTakeSeatHandlerOfPlan))
		require.NoError(t, c.Provide(func() (*seatPlan, error) { return nil, errDown }, container.Scoped()))
		m, err := bootstrap.New(c, bindTakeSeat, nil)
		require.NoError(t, err)
		err = m.Send(t.Context(), takeSeat{})
		require.ErrorIs(t, err, container.ErrBuild)
		assert.Same(t, errDown, dig.RootCause(err))
	})

	t.Run("distinguishes the messages of two handlers that nothing provides", func(t *testing.T) {
		t.Parallel()
		_, err := bootstrap.New(container.New(), func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*shop.PlaceHandler](m)
			cqrs.BindCommand[*kitchen.PlaceHandler](m)
		}, func(m *cqrs.EventMap) { cqrs.BindEvent[*shop.PlacedHandler](m) })
		require.ErrorIs(t, err, container.ErrMissing)
		for _, bound := range []string{twins.InShop + "Place", twins.InKitchen + "Place", "order.Placed"} {
			assert.ErrorContains(t, err, " (bound to "+bound+" at ")
		}
	})

	t.Run("distinguishes the types of two problems", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(
			func() *shop.PlaceHandler { return nil }, func() *kitchen.PlaceHandler { return nil },
		))
		_, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
			for range 2 {
				cqrs.BindCommand[*shop.PlaceHandler](m)
				cqrs.BindCommand[*kitchen.PlaceHandler](m)
			}
		}, nil)
		require.ErrorIs(t, err, cqrs.ErrDuplicate)
		for _, in := range []string{twins.InShop, twins.InKitchen} {
			assert.ErrorContains(t, err, ": *"+in+"PlaceHandler handles "+in+"Place, but ")
		}
	})

	t.Run("has the first and the last of many problems", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		_, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
			for range 10_000 {
				cqrs.BindCommand[*takeSeatHandler](m)
			}
		}, nil)
		all, ok := errors.AsType[*bootstrap.Error](err)
		require.True(t, ok)
		require.Len(t, all.Problems, 10_000)
		lines := strings.Split(err.Error(), "\n")
		require.Len(t, lines, 52)
		assert.Equal(t, "bootstrap: 10000 problems:", lines[0])
		assert.Equal(t, "  (9950 more)", lines[26])
		assert.Regexp(t, `^  10000\. container: nothing provides the handler`, lines[51])
		assert.Less(t, len(err.Error()), 50_000)
	})

	t.Run("is bounded, however long a cause is", func(t *testing.T) {
		t.Parallel()
		for _, start := range []func(huge error) (*cqrs.Mediator, error){
			func(huge error) (*cqrs.Mediator, error) {
				return newWith(bootstrap.WithOnStartup(func() error { return huge }))
			},
			func(huge error) (*cqrs.Mediator, error) {
				return bootstrap.New(container.New(), func(*cqrs.RequestMap) { panic(huge) }, nil)
			},
		} {
			huge := testkit.LongError()
			_, err := start(huge)
			require.ErrorIs(t, err, huge)
			assert.Less(t, len(err.Error()), 5000)
			assert.ErrorContains(t, err, "xxend; ")
		}
	})
}
