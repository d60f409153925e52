package middleware_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type (
	OrderBooks struct {
		cqrs.Command
		Titles []string
		To     Address
	}
	Address struct{ Street, City string }
)

var errNoCity = errors.New("is required")

// Validate reports everything that is wrong with an order.
func (c OrderBooks) Validate(context.Context) error {
	var f middleware.Fields
	if len(c.Titles) == 0 {
		f.Add("titles", "must not be empty")
	}
	f.AddError("to", c.To.Validate())
	return f.Err()
}

// Validate reports everything that is wrong with an address.
func (a Address) Validate() error {
	var f middleware.Fields
	if a.City == "" {
		f.AddError("city", errNoCity)
	}
	return f.Err()
}

type OrderBooksHandler struct{}

func NewOrderBooksHandler() *OrderBooksHandler {
	fmt.Println("building the handler")
	return &OrderBooksHandler{}
}

func (*OrderBooksHandler) Handle(context.Context, OrderBooks) error { return nil }

// An invalid message never reaches its handler, and the error lists everything that is
// wrong with its fields.
func ExampleValidation() {
	c := container.New()
	if err := c.Provide(NewOrderBooksHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*OrderBooksHandler](m)
	}, nil, bootstrap.WithMiddleware(middleware.Validation()))
	if err != nil {
		panic(err)
	}
	err = mediator.Send(context.Background(), OrderBooks{})
	fmt.Println(err)
	if invalid, ok := errors.AsType[*middleware.ValidationError](err); ok {
		for _, f := range invalid.Fields {
			fmt.Printf("%s %v\n", f.Field, f.Err)
		}
	}
	fmt.Println(errors.Is(err, middleware.ErrInvalid), errors.Is(err, errNoCity))

	fmt.Println(mediator.Send(context.Background(), OrderBooks{Titles: []string{"Emma"}, To: Address{City: "Bath"}}))
	// Output:
	// middleware: middleware_test.OrderBooks is invalid: titles: must not be empty, to.city: is required; correct it and send it again
	// titles must not be empty
	// to.city is required
	// true true
	// building the handler
	// <nil>
}
