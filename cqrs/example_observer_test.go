package cqrs_test

import (
	"context"
	"fmt"
	"reflect"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	PlaceBid  struct{ cqrs.Command }
	BidPlaced struct{ cqrs.DomainEvent }
)

type PlaceBidHandler struct{ cqrs.EventRecorder }

func NewPlaceBidHandler() *PlaceBidHandler { return &PlaceBidHandler{} }

func (h *PlaceBidHandler) Handle(context.Context, PlaceBid) error {
	h.Record(BidPlaced{})
	return nil
}

// An observer sees what middleware cannot, such as an event without a handler.
func ExampleObserver() {
	c := container.New()
	if err := c.Provide(NewPlaceBidHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PlaceBidHandler](m)
	}, nil, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithObserver(cqrs.Observer{
		Unhandled: func(_ context.Context, event reflect.Type) {
			fmt.Println("no handler for", event)
		},
	}))
	if err != nil {
		panic(err)
	}
	fmt.Println(mediator.Send(context.Background(), PlaceBid{}))
	// Output:
	// no handler for cqrs_test.BidPlaced
	// <nil>
}
