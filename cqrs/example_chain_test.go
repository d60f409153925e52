package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type Quote struct {
	cqrs.Query[int]
	Parcel string
}

type PostQuotes struct{}

func NewPostQuotes() *PostQuotes { return &PostQuotes{} }

func (*PostQuotes) Handle(_ context.Context, q Quote) (int, error) {
	if q.Parcel != "letter" {
		return 0, cqrs.ErrNotHandled
	}
	return 1, nil
}

type FreightQuotes struct{}

func NewFreightQuotes() *FreightQuotes { return &FreightQuotes{} }

func (*FreightQuotes) Handle(_ context.Context, q Quote) (int, error) {
	if q.Parcel != "crate" {
		return 0, cqrs.ErrNotHandled
	}
	return 90, nil
}

// The handlers of a chain are tried in order. Each one either answers the request
// or passes it on by returning ErrNotHandled.
func Example_chain() {
	c := container.New()
	if err := c.ProvideAll(NewPostQuotes, NewFreightQuotes); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindTarget(m, cqrs.Chain(
			cqrs.RequestTarget[*PostQuotes](),
			cqrs.RequestTarget[*FreightQuotes](),
		))
	}, nil)
	if err != nil {
		panic(err)
	}
	for _, parcel := range []string{"letter", "crate", "whale"} {
		fmt.Println(cqrs.Send(context.Background(), mediator, Quote{Parcel: parcel}))
	}
	// Output:
	// 1 <nil>
	// 90 <nil>
	// 0 cqrs: every handler of cqrs_test.Quote passed it on: *cqrs_test.PostQuotes, *cqrs_test.FreightQuotes; end the chain with one that always answers
}
