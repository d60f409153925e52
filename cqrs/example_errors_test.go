package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	StartEngine  struct{ cqrs.Command }
	StartEngines struct{ cqrs.Command } // nobody handles it
)

var errNoFuel = errors.New("no fuel")

type StartEngineHandler struct{}

func NewStartEngineHandler() *StartEngineHandler { return &StartEngineHandler{} }

func (*StartEngineHandler) Handle(context.Context, StartEngine) error { panic(errNoFuel) }

// An error says what went wrong to who reads it, to errors.Is and to
// errors.AsType.
func Example_errors() {
	c := container.New()
	if err := c.Provide(NewStartEngineHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[*StartEngineHandler](m) }, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()

	err = mediator.Send(ctx, StartEngines{})
	fmt.Println(err)
	if missing, ok := errors.AsType[*cqrs.NoHandlerError](err); ok {
		fmt.Println("did you mean", missing.Suggestions)
	}

	err = mediator.Send(ctx, StartEngine{})
	if bug, ok := errors.AsType[*cqrs.PanicError](err); ok {
		fmt.Println("a panic in:", bug.Handler, "at:", filepath.Base(bug.Site), "with a stack:", len(bug.Stack) > 0)
	}
	fmt.Println("what it panicked with:", errors.Is(err, errNoFuel))

	err = mediator.Send(ctx, &StartEngine{})
	fmt.Println(err)
	fmt.Println("a pointer:", errors.Is(err, cqrs.ErrPointer))
	// Output:
	// cqrs: no handler is bound to cqrs_test.StartEngines; did you mean cqrs_test.StartEngine?
	// did you mean [cqrs_test.StartEngine]
	// a panic in: *cqrs_test.StartEngineHandler at: example_errors_test.go:25 with a stack: true
	// what it panicked with: true
	// cqrs: *cqrs_test.StartEngine was sent as a pointer, but messages are values; use cqrs_test.StartEngine
	// a pointer: true
}
