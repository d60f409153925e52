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
	StartEngines struct{ cqrs.Command } // no handler is bound to it
)

var errNoFuel = errors.New("no fuel")

type StartEngineHandler struct{}

func NewStartEngineHandler() *StartEngineHandler { return &StartEngineHandler{} }

func (*StartEngineHandler) Handle(context.Context, StartEngine) error { panic(errNoFuel) }

// An error explains itself to its reader. Programs inspect it with errors.Is and
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
		fmt.Println("suggestions:", missing.Suggestions)
	}

	err = mediator.Send(ctx, StartEngine{})
	if bug, ok := errors.AsType[*cqrs.PanicError](err); ok {
		fmt.Println("panic in", bug.Handler, "at", filepath.Base(bug.Site), "with a stack:", len(bug.Stack) > 0)
	}
	fmt.Println("panicked with errNoFuel:", errors.Is(err, errNoFuel))

	err = mediator.Send(ctx, &StartEngine{})
	fmt.Println(err)
	fmt.Println("sent as a pointer:", errors.Is(err, cqrs.ErrPointer))
	// Output:
	// cqrs: no handler is bound to cqrs_test.StartEngines; did you mean cqrs_test.StartEngine?
	// suggestions: [cqrs_test.StartEngine]
	// panic in *cqrs_test.StartEngineHandler at example_errors_test.go:25 with a stack: true
	// panicked with errNoFuel: true
	// cqrs: *cqrs_test.StartEngine was sent as a pointer, but messages are values; use cqrs_test.StartEngine
	// sent as a pointer: true
}
