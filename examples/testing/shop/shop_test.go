package shop_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/examples/testing/shop"
)

var errDeclined = errors.New("the card was declined")

// fakePayments charges nobody.
type fakePayments struct{ err error }

func (p *fakePayments) Charge(context.Context, int) error { return p.err }

// fakeMailer records what is mailed.
type fakeMailer struct{ mails []string }

func (m *fakeMailer) Mail(_ context.Context, text string) error {
	m.mails = append(m.mails, text)
	return nil
}

func TestPlaceOrderHandler(t *testing.T) {
	t.Parallel()

	t.Run("records an event", func(t *testing.T) {
		t.Parallel()
		h := shop.NewPlaceOrderHandler(&fakePayments{}, shop.NewOrders())
		order, err := h.Handle(t.Context(), shop.PlaceOrder{Item: "tea", Cents: 300})
		require.NoError(t, err)
		assert.Equal(t, 1, order)
		assert.Equal(t, []cqrs.Event{shop.OrderPlaced{Order: 1}}, h.Events())
	})

	t.Run("records nothing if the payment fails", func(t *testing.T) {
		t.Parallel()
		h := shop.NewPlaceOrderHandler(&fakePayments{err: errDeclined}, shop.NewOrders())
		_, err := h.Handle(t.Context(), shop.PlaceOrder{Item: "tea", Cents: 300})
		require.ErrorIs(t, err, errDeclined)
		assert.Empty(t, h.Events())
	})
}

// newShop returns the whole application, with fakes for its external dependencies.
func newShop(t *testing.T, payments *fakePayments) (*cqrs.Mediator, *fakeMailer) {
	mailer := &fakeMailer{}
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() shop.Payments { return payments },
		func() shop.Mailer { return mailer },
	))
	mediator, err := shop.New(c, bootstrap.WithLogger(zaptest.NewLogger(t)))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close(context.Background())) })
	return mediator, mailer
}

func TestShop(t *testing.T) {
	t.Parallel()

	t.Run("mails a receipt", func(t *testing.T) {
		t.Parallel()
		mediator, mailer := newShop(t, &fakePayments{})
		_, err := cqrs.Send(t.Context(), mediator, shop.PlaceOrder{Item: "tea", Cents: 300})
		require.NoError(t, err)
		assert.Equal(t, []string{"receipt of order 1"}, mailer.mails)
	})

	t.Run("mails nothing if the payment fails", func(t *testing.T) {
		t.Parallel()
		mediator, mailer := newShop(t, &fakePayments{err: errDeclined})
		_, err := cqrs.Send(t.Context(), mediator, shop.PlaceOrder{Item: "tea", Cents: 300})
		require.ErrorIs(t, err, errDeclined)
		assert.Empty(t, mailer.mails)
	})
}

// A handler that sends is tested with a Sender that answers what it sends.
func TestGiftHandler(t *testing.T) {
	t.Parallel()
	s := cqrstest.NewSender(t)
	cqrstest.Answer[shop.PlaceOrder](s, 1)

	require.NoError(t, shop.NewGiftHandler(s).Handle(t.Context(), shop.Gift{Item: "tea"}))
	assert.Equal(t, shop.PlaceOrder{Item: "tea"}, cqrstest.RequireSent[shop.PlaceOrder](s))
}
