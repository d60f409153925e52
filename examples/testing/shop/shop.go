// Package shop is an application that is easy to test: its external dependencies are
// interfaces, which a program or a test provides in its container.
package shop

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Payments charges customers.
type Payments interface {
	Charge(ctx context.Context, cents int) error
}

// Mailer sends emails.
type Mailer interface {
	Mail(ctx context.Context, text string) error
}

// PlaceOrder places an order and returns its number.
type PlaceOrder struct {
	cqrs.CommandOf[int]
	Item  string
	Cents int
}

// OrderPlaced reports that an order has been placed and paid for.
type OrderPlaced struct {
	cqrs.DomainEvent
	Order int
}

// Orders stores all orders.
type Orders struct{ items []string }

func NewOrders() *Orders { return &Orders{} }

// Add stores an order and returns its number.
func (o *Orders) Add(item string) int {
	o.items = append(o.items, item)
	return len(o.items)
}

// PlaceOrderHandler charges the customer and stores the order.
type PlaceOrderHandler struct {
	cqrs.EventRecorder
	payments Payments
	orders   *Orders
}

func NewPlaceOrderHandler(payments Payments, orders *Orders) *PlaceOrderHandler {
	return &PlaceOrderHandler{payments: payments, orders: orders}
}

func (h *PlaceOrderHandler) Handle(ctx context.Context, c PlaceOrder) (int, error) {
	if err := h.payments.Charge(ctx, c.Cents); err != nil {
		return 0, fmt.Errorf("order %s: %w", c.Item, err)
	}
	order := h.orders.Add(c.Item)
	h.Record(OrderPlaced{Order: order})
	return order, nil
}

// ReceiptHandler mails a receipt.
type ReceiptHandler struct{ mailer Mailer }

func NewReceiptHandler(mailer Mailer) *ReceiptHandler { return &ReceiptHandler{mailer: mailer} }

func (h *ReceiptHandler) Handle(ctx context.Context, e OrderPlaced) error {
	return h.mailer.Mail(ctx, fmt.Sprintf("receipt of order %d", e.Order))
}

// Gift places an order that costs nothing.
type Gift struct {
	cqrs.Command
	Item string
}

// NewGiftHandler returns a handler that sends another command.
func NewGiftHandler(sender cqrs.Sender) cqrs.CommandFunc[Gift] {
	return func(ctx context.Context, c Gift) error {
		_, err := cqrs.Send(ctx, sender, PlaceOrder{Item: c.Item})
		return err
	}
}

// New returns the mediator of the shop. The container must provide Payments and Mailer.
func New(c *container.Container, opts ...bootstrap.Option) (*cqrs.Mediator, error) {
	err := c.ProvideAll(NewOrders, NewPlaceOrderHandler, NewReceiptHandler, NewGiftHandler)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, events, opts...)
}

func commands(m *cqrs.RequestMap) {
	cqrs.BindRequest[*PlaceOrderHandler](m)
	cqrs.BindCommand[cqrs.CommandFunc[Gift]](m)
}

func events(m *cqrs.EventMap) { cqrs.BindEvent[*ReceiptHandler](m, cqrs.AfterScope()) }
