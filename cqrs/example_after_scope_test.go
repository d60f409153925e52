package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	OrderPizza struct {
		cqrs.CommandOf[int] // returns the order number
		Email               string
	}
	PizzaOrdered struct {
		cqrs.DomainEvent
		Email string
	}
)

// PizzaTx is scoped: each request gets its own, and its finalizer receives the
// outcome of the request.
type PizzaTx struct{}

func NewPizzaTx() (*PizzaTx, container.Finalizer) {
	return &PizzaTx{}, func(_ context.Context, outcome error) error {
		fmt.Println("transaction outcome:", outcome)
		return nil
	}
}

type OrderPizzaHandler struct{ cqrs.EventRecorder }

func NewOrderPizzaHandler(*PizzaTx) *OrderPizzaHandler { return &OrderPizzaHandler{} }

func (h *OrderPizzaHandler) Handle(_ context.Context, c OrderPizza) (int, error) {
	h.Record(PizzaOrdered{Email: c.Email})
	return 77, nil
}

// PizzaMail must send nothing unless the order has been committed.
type PizzaMail struct{}

func NewPizzaMail() *PizzaMail { return &PizzaMail{} }

func (*PizzaMail) Handle(_ context.Context, e PizzaOrdered) error {
	if e.Email == "" {
		return errors.New("no address")
	}
	fmt.Println("mail to", e.Email)
	return nil
}

// A handler bound with AfterScope runs once the transaction has been committed.
// If it fails, the request is still done, and the caller gets both the result
// and an error.
func Example_afterScope() {
	c := container.New()
	if err := errors.Join(
		c.Provide(NewPizzaTx, container.Scoped()),
		c.ProvideAll(NewOrderPizzaHandler, NewPizzaMail),
	); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*OrderPizzaHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*PizzaMail](m, cqrs.AfterScope())
	})
	if err != nil {
		panic(err)
	}
	for _, email := range []string{"ann@example.org", ""} {
		number, err := cqrs.Send(context.Background(), mediator, OrderPizza{Email: email})
		if !cqrs.Done(err) {
			fmt.Println("order failed:", err)
			continue
		}
		fmt.Println("order", number)
		if failed, ok := errors.AsType[*cqrs.EventError](err); ok {
			fmt.Printf("but %v failed to handle %v: %v\n", failed.Handler, failed.Event, failed.Err)
		}
	}
	// Output:
	// transaction outcome: <nil>
	// mail to ann@example.org
	// order 77
	// transaction outcome: <nil>
	// order 77
	// but *cqrs_test.PizzaMail failed to handle cqrs_test.PizzaOrdered: no address
}
