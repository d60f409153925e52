package resilience_test

import (
	"context"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/ratelimiter"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

type SendText struct {
	cqrs.Command
	To string
}

type TextHandler struct{}

func NewTextHandler() *TextHandler { return &TextHandler{} }

func (*TextHandler) Handle(_ context.Context, c SendText) error {
	fmt.Println("text to", c.To)
	return nil
}

// Two texts an hour are sent; any others are refused. With WithMaxWaitTime they
// would wait.
func ExampleRateLimit() {
	limit := ratelimiter.NewBurstyBuilder[any](2, time.Hour)

	c := container.New()
	if err := c.ProvideAll(NewTextHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*TextHandler](m, cqrs.WithMiddleware(resilience.RateLimit(limit)))
	}, nil)
	if err != nil {
		panic(err)
	}
	for _, to := range []string{"Ada", "Bo", "Cy"} {
		if err := mediator.Send(context.Background(), SendText{To: to}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// text to Ada
	// text to Bo
	// resilience: the rate limit of *resilience_test.TextHandler refused resilience_test.SendText: rate limit exceeded; call less often, or let calls wait with WithMaxWaitTime
}
