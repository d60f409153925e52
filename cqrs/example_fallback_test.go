package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadRate struct {
	cqrs.Query[float64]
	Currency string
}

var errMarketClosed = errors.New("the market is closed")

type MarketRates struct{}

func NewMarketRates() *MarketRates { return &MarketRates{} }

func (*MarketRates) Handle(_ context.Context, q ReadRate) (float64, error) {
	if q.Currency == "" {
		return 0, errors.New("no currency")
	}
	return 0, errMarketClosed
}

type RatesOfYesterday struct{}

func NewRatesOfYesterday() *RatesOfYesterday { return &RatesOfYesterday{} }

func (*RatesOfYesterday) Handle(context.Context, ReadRate) (float64, error) { return 1.08, nil }

// If the primary handler fails with an error that the predicate accepts, the
// secondary handler answers. The caller receives any other error.
func Example_fallback() {
	c := container.New()
	if err := c.ProvideAll(NewMarketRates, NewRatesOfYesterday); err != nil {
		panic(err)
	}
	closed := func(err error) bool { return errors.Is(err, errMarketClosed) }
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindTarget(m, cqrs.Fallback(
			cqrs.RequestTarget[*MarketRates](),
			cqrs.RequestTarget[*RatesOfYesterday](),
			closed))
	}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(cqrs.Send(context.Background(), mediator, ReadRate{Currency: "EUR"}))
	fmt.Println(cqrs.Send(context.Background(), mediator, ReadRate{}))
	// Output:
	// 1.08 <nil>
	// 0 no currency
}
