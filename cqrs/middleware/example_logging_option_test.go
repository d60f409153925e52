package middleware_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type PrintTicket struct{ cqrs.Command }

type PrintTicketHandler struct{}

func NewPrintTicketHandler() *PrintTicketHandler { return &PrintTicketHandler{} }

func (*PrintTicketHandler) Handle(context.Context, PrintTicket) error {
	return errors.New("the printer has no paper")
}

// requestID is the key of the id that an HTTP middleware puts into the context.
type requestID struct{}

// printWith sends a command that fails, through a mediator that logs with the given options.
func printWith(opts ...middleware.LoggingOption) {
	c := container.New()
	if err := c.ProvideAll(NewPrintTicketHandler); err != nil {
		fmt.Println(err)
		return
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PrintTicketHandler](m)
	}, nil, bootstrap.WithMiddleware(middleware.Logging(exampleLogger(), opts...)))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = mediator.Send(context.WithValue(context.Background(), requestID{}, "r-17"), PrintTicket{})
}

// Each line has the id of the request that it belongs to.
func ExampleContextFields() {
	printWith(middleware.ContextFields(func(ctx context.Context) []zap.Field {
		id, _ := ctx.Value(requestID{}).(string)
		return []zap.Field{zap.String("request_id", id)}
	}))
	// Output:
	// {"level":"error","msg":"command failed","kind":"command","message":"middleware_test.PrintTicket","handler":"*middleware_test.PrintTicketHandler","duration":"...","outcome":"error","error_type":"*errors.errorString","request_id":"r-17"}
}

// The texts of this application's errors contain nothing that must not be logged.
func ExampleErrorText() {
	printWith(middleware.ErrorText())
	// Output:
	// {"level":"error","msg":"command failed","kind":"command","message":"middleware_test.PrintTicket","handler":"*middleware_test.PrintTicketHandler","duration":"...","outcome":"error","error_type":"*errors.errorString","error":"the printer has no paper"}
}
