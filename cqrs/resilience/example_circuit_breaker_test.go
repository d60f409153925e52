package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

type ReadWeather struct {
	cqrs.Query[string]
	City string
}

type WeatherHandler struct{}

func NewWeatherHandler() *WeatherHandler { return &WeatherHandler{} }

func (*WeatherHandler) Handle(context.Context, ReadWeather) (string, error) {
	return "", errors.New("no answer from the weather service")
}

// After three failures in a row, calls are refused for half a minute.
func ExampleCircuitBreaker() {
	breaker := circuitbreaker.NewBuilder[any]().
		WithFailureThreshold(3).
		WithDelay(30 * time.Second)

	c := container.New()
	if err := c.ProvideAll(NewWeatherHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*WeatherHandler](m, cqrs.WithMiddleware(resilience.CircuitBreaker(breaker)))
	}, nil)
	if err != nil {
		panic(err)
	}
	for range 4 {
		_, err = cqrs.Send(context.Background(), mediator, ReadWeather{City: "Oslo"})
		fmt.Println(err)
	}
	fmt.Println(errors.Is(err, resilience.ErrRefused), errors.Is(err, circuitbreaker.ErrOpen))
	// Output:
	// no answer from the weather service
	// no answer from the weather service
	// no answer from the weather service
	// resilience: the circuit breaker of *resilience_test.WeatherHandler refused resilience_test.ReadWeather: circuit breaker open; find out why earlier calls failed
	// true true
}
