package bootstrap_test

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	PlaceOrder struct {
		cqrs.Command
		Item string
	}
	OrderPlaced struct {
		cqrs.DomainEvent
		Item string
	}
)

type PlaceOrderHandler struct{ cqrs.EventRecorder }

func NewPlaceOrderHandler() *PlaceOrderHandler { return &PlaceOrderHandler{} }

func (h *PlaceOrderHandler) Handle(_ context.Context, c PlaceOrder) error {
	fmt.Println("ordered:", c.Item)
	h.Record(OrderPlaced{Item: c.Item})
	return nil
}

type InvoiceHandler struct{}

func NewInvoiceHandler() *InvoiceHandler { return &InvoiceHandler{} }

func (*InvoiceHandler) Handle(_ context.Context, e OrderPlaced) error {
	fmt.Println("invoiced:", e.Item)
	return nil
}

// Orders would be exported by package orders as orders.Module.
var Orders = bootstrap.Module{
	Name:         "orders",
	Constructors: []any{NewPlaceOrderHandler},
	Commands:     func(m *cqrs.RequestMap) { cqrs.BindCommand[*PlaceOrderHandler](m) },
}

// Billing would be exported by package billing as billing.Module.
var Billing = bootstrap.Module{
	Name:         "billing",
	Constructors: []any{NewInvoiceHandler},
	Events:       func(m *cqrs.EventMap) { cqrs.BindEvent[*InvoiceHandler](m) },
}

// Each feature is a module. All modules share the application's container and mediator.
func ExampleWithModules() {
	mediator, err := bootstrap.New(container.New(), nil, nil,
		bootstrap.WithLogger(zap.NewNop()),
		bootstrap.WithModules(Orders, Billing))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mediator.Send(context.Background(), PlaceOrder{Item: "tea"}))
	// Output:
	// ordered: tea
	// invoiced: tea
	// <nil>
}
