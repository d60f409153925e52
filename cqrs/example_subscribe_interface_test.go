package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// OrderEvent is implemented by every event about an order.
type OrderEvent interface {
	cqrs.Event
	Order() string
}

type (
	OrderPaid struct {
		cqrs.DomainEvent
		ID string
	}
	OrderShipped struct {
		cqrs.DomainEvent
		ID string
	}
)

func (e OrderPaid) Order() string    { return e.ID }
func (e OrderShipped) Order() string { return e.ID }

type AccountBook struct{}

func NewAccountBook() *AccountBook { return &AccountBook{} }

func (*AccountBook) Handle(_ context.Context, e OrderPaid) error {
	fmt.Println("account book: paid", e.ID)
	return nil
}

type OrderHistory struct{}

func NewOrderHistory() *OrderHistory { return &OrderHistory{} }

func (*OrderHistory) Handle(_ context.Context, e OrderEvent) error {
	fmt.Printf("history of %s: %T\n", e.Order(), e)
	return nil
}

// A handler of an interface receives every event that implements it, after the handlers of
// the event's own type.
func Example_subscribeToInterface() {
	c := container.New()
	if err := c.ProvideAll(NewAccountBook, NewOrderHistory); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, nil, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*OrderHistory](m)
		cqrs.BindEvent[*AccountBook](m)
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(mediator.Publish(context.Background(), OrderPaid{ID: "17"}, OrderShipped{ID: "17"}))
	// Output:
	// account book: paid 17
	// history of 17: cqrs_test.OrderPaid
	// history of 17: cqrs_test.OrderShipped
	// <nil>
}
