package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

type FindFlights struct{ cqrs.Query[[]string] }

type FlightsHandler struct{}

func NewFlightsHandler() *FlightsHandler { return &FlightsHandler{} }

func (*FlightsHandler) Handle(ctx context.Context, _ FindFlights) ([]string, error) {
	_, hasDeadline := ctx.Deadline()
	fmt.Println("has a deadline:", hasDeadline)
	<-ctx.Done() // like a client whose server does not answer
	return nil, ctx.Err()
}

// The context of the handler has the deadline.
func ExampleTimeout() {
	c := container.New()
	if err := c.ProvideAll(NewFlightsHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*FlightsHandler](m, cqrs.WithMiddleware(resilience.Timeout(10*time.Millisecond)))
	}, nil)
	if err != nil {
		panic(err)
	}
	_, err = cqrs.Send(context.Background(), mediator, FindFlights{})
	fmt.Println(err)
	fmt.Println(errors.Is(err, timeout.ErrExceeded))
	// Output:
	// has a deadline: true
	// middleware: *resilience_test.FlightsHandler did not handle resilience_test.FindFlights within 10ms: context deadline exceeded; raise the timeout, or make the handler faster
	// true
}
