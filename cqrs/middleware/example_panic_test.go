package middleware_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type DropPlate struct{ cqrs.Command }

type DropPlateHandler struct{}

func NewDropPlateHandler() *DropPlateHandler { return &DropPlateHandler{} }

func (*DropPlateHandler) Handle(context.Context, DropPlate) error { panic("it broke") }

// There is no middleware for panics, because none is needed: a panic is an error
// of the request, always.
func Example_panic() {
	c := container.New()
	if err := c.Provide(NewDropPlateHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*DropPlateHandler](m)
	}, nil)
	if err != nil {
		panic(err)
	}
	err = mediator.Send(context.Background(), DropPlate{})
	fmt.Println(err)
	if p, ok := errors.AsType[*cqrs.PanicError](err); ok {
		fmt.Println("in", p.Handler, "with a stack:", len(p.Stack) > 0)
	}
	// Output:
	// cqrs: panic in *middleware_test.DropPlateHandler, handling middleware_test.DropPlate: it broke
	// in *middleware_test.DropPlateHandler with a stack: true
}
