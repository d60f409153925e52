package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type DropPlate struct{ cqrs.Command }

type DropPlateHandler struct{}

func NewDropPlateHandler() *DropPlateHandler { return &DropPlateHandler{} }

func (*DropPlateHandler) Handle(context.Context, DropPlate) error { panic("it broke") }

// There is no middleware for panics because none is needed: the mediator turns every
// panic into an error.
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
	if p, ok := errors.AsType[*cqrs.PanicError](err); ok {
		fmt.Println(p.Value, "in", p.Handler, "at", filepath.Base(p.Site), "with a stack:", len(p.Stack) > 0)
	}
	// Output:
	// it broke in *middleware_test.DropPlateHandler at example_panic_test.go:20 with a stack: true
}
