package cqrs_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/twins"
	kitchen "github.com/digcqrs/digcqrs/internal/twins/kitchen/order"
	shop "github.com/digcqrs/digcqrs/internal/twins/shop/order"
)

// askForRepo has one of the types named order.Repo as its result.
type askForRepo struct{ cqrs.Query[kitchen.Repo] }

func TestErrorTexts_DistinguishTypes(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name string
		err  func(t *testing.T) error
		want []string // each is in the text
	}{
		{"an unbound message and a bound one", func(t *testing.T) error {
			a := newApp(t)
			command(a, func(context.Context, *self[nothing], shop.Place) error { return nil })
			return a.start().Send(t.Context(), kitchen.Place{})
		}, []string{"no handler is bound to " + twins.InKitchen + "Place; did you mean " + twins.InShop + "Place?"}},
		{"an event, its handler and the undelivered events", func(*testing.T) error {
			return &cqrs.EventError{
				Event: reflect.TypeFor[shop.Placed](), Handler: reflect.TypeFor[*shop.PlacedHandler](), Err: errDown,
				NotDelivered: []reflect.Type{reflect.TypeFor[kitchen.Placed]()},
			}
		}, []string{"event " + twins.InShop + "Placed to *order.PlacedHandler failed: ", "not delivered: " + twins.InKitchen + "Placed"}},
		{"an event and the message that its handler sent", func(t *testing.T) error {
			err := newApp(t).start().Send(t.Context(), &kitchen.Place{})
			return &cqrs.EventError{Event: reflect.TypeFor[shop.Place](), Err: err}
		}, []string{"event " + twins.InShop + "Place failed: *" + twins.InKitchen + "Place was sent as a pointer"}},
		{"the path of too many events", func(*testing.T) error {
			path := []reflect.Type{reflect.TypeFor[shop.Placed](), reflect.TypeFor[kitchen.Placed]()}
			return &cqrs.EventLimitError{Limit: 1, Path: path}
		}, []string{twins.InShop + "Placed -> " + twins.InKitchen + "Placed"}},
		{"the path of too many sends", func(*testing.T) error {
			path := []reflect.Type{reflect.TypeFor[shop.Place](), reflect.TypeFor[kitchen.Place]()}
			return &cqrs.NestingLimitError{Limit: 1, Path: path}
		}, []string{twins.InShop + "Place -> " + twins.InKitchen + "Place"}},
		{"the handlers of a chain", func(*testing.T) error {
			return &cqrs.NotHandledError{
				Message:  reflect.TypeFor[shop.Place](),
				Handlers: []reflect.Type{reflect.TypeFor[*shop.PlaceHandler](), reflect.TypeFor[*kitchen.PlaceHandler]()},
			}
		}, []string{"*" + twins.InShop + "PlaceHandler, *" + twins.InKitchen + "PlaceHandler"}},
		{"an event and the event of a subscription", func(*testing.T) error {
			return &cqrs.SubscriptionError{
				Event: reflect.TypeFor[shop.Placed](), Subscription: "mail", Takes: reflect.TypeFor[kitchen.Placed](),
			}
		}, []string{"is for " + twins.InKitchen + "Placed, not " + twins.InShop + "Placed"}},
		{"two handlers with the same subscription name", func(*testing.T) error {
			var m cqrs.EventMap
			cqrs.BindEvent[*shop.PlacedHandler](&m, cqrs.SubscriptionName("mail"))
			cqrs.BindEvent[*kitchen.PlacedHandler](&m, cqrs.SubscriptionName("mail"))
			return m.Errors()[0]
		}, []string{"*" + twins.InKitchen + "PlacedHandler has the subscription name", "so does *" + twins.InShop + "PlacedHandler at"}},
		{"a result and the expected result", func(t *testing.T) error {
			a := newApp(t)
			request(a, func(context.Context, *self[nothing], askForRepo) (kitchen.Repo, error) { return kitchen.Repo{}, nil })
			_, err := cqrs.Send(t.Context(), a.start(bootstrap.WithMiddleware(returning(shop.Repo{}))), askForRepo{})
			return err
		}, []string{"a result of type " + twins.InShop + "Repo for", "whose result type is " + twins.InKitchen + "Repo"}},
		{"a problem and another", func(t *testing.T) error {
			var m cqrs.RequestMap
			cqrs.BindTarget(&m, cqrs.Target[shop.Place, cqrs.Unit]{})
			cqrs.BindTarget(&m, cqrs.Target[kitchen.Place, cqrs.Unit]{})
			return &bootstrap.Error{Problems: m.Errors()}
		}, []string{"the target for " + twins.InShop + "Place is", "the target for " + twins.InKitchen + "Place is"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.err(t)
			for _, want := range test.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}

	t.Run("use short names where they are unambiguous", func(t *testing.T) {
		t.Parallel()
		assert.NotContains(t, (&cqrs.NoHandlerError{Message: reflect.TypeFor[shop.Place]()}).Error(), twins.InShop)
	})

	t.Run("never suggest an identical name", func(t *testing.T) {
		t.Parallel()
		type Place struct{ cqrs.Command }
		bound := reflect.TypeFor[Place]()
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], Place) error { return nil })
		m := a.start()
		{
			type Place struct{ cqrs.Command }
			require.Equal(t, bound.String(), reflect.TypeFor[Place]().String())
			err := m.Send(t.Context(), Place{})
			require.ErrorAs(t, err, new(*cqrs.NoHandlerError))
			assert.NotContains(t, err.Error(), "did you mean")
		}
	})
}
