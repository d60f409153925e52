package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

type ChargeCard struct {
	cqrs.CommandOf[string]
	Cents int
}

// CardService fails for the first two calls.
type CardService struct{ calls int }

func NewCardService() *CardService { return &CardService{} }

type ChargeHandler struct{ cards *CardService }

func NewChargeHandler(s *CardService) *ChargeHandler { return &ChargeHandler{s} }

func (h *ChargeHandler) Handle(context.Context, ChargeCard) (string, error) {
	if h.cards.calls++; h.cards.calls < 3 {
		return "", errors.New("no answer from the card service")
	}
	return fmt.Sprintf("charged by call %d", h.cards.calls), nil
}

// Policies combines those policies that are set, in the usual order:
// Retry(CircuitBreaker(RateLimit(Bulkhead(Timeout(handler))))).
func ExamplePolicies() {
	external := resilience.Policies{
		Retry:          retrypolicy.NewBuilder[any]().WithBackoff(time.Millisecond, time.Second).WithJitterFactor(.2),
		CircuitBreaker: circuitbreaker.NewBuilder[any]().WithFailureThreshold(5),
		RateLimit:      ratelimiter.NewSmoothBuilder[any](1000, time.Second).WithMaxWaitTime(time.Second),
		Bulkhead:       bulkhead.NewBuilder[any](8).WithMaxWaitTime(time.Second),
		Timeout:        2 * time.Second,
	}

	c := container.New()
	if err := c.ProvideAll(NewCardService, NewChargeHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*ChargeHandler](m, cqrs.WithMiddleware(external.Middleware()))
	}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(cqrs.Send(context.Background(), mediator, ChargeCard{Cents: 990}))
	// Output:
	// charged by call 3 <nil>
}
