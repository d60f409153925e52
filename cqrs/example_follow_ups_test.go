package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	SellSeats struct {
		cqrs.Command
		Count int
	}
	SeatSold struct {
		cqrs.DomainEvent
		Seat int
	}
	SoldOut struct {
		cqrs.DomainEvent
	}
)

type SellSeatsHandler struct{ cqrs.EventRecorder }

func NewSellSeatsHandler() *SellSeatsHandler { return &SellSeatsHandler{} }

func (h *SellSeatsHandler) Handle(_ context.Context, c SellSeats) error {
	for i := range c.Count {
		h.Record(SeatSold{Seat: i + 1})
	}
	return nil
}

// SeatPlan shows that an event handler can record events, just as a command handler can.
type SeatPlan struct{ cqrs.EventRecorder }

func NewSeatPlan() *SeatPlan { return &SeatPlan{} }

func (h *SeatPlan) Handle(_ context.Context, e SeatSold) error {
	fmt.Println("seat", e.Seat, "is sold")
	if e.Seat == 2 { // seat 3 is still in the queue
		h.Record(SoldOut{})
	}
	return nil
}

type BoxOffice struct{}

func NewBoxOffice() *BoxOffice { return &BoxOffice{} }

func (*BoxOffice) Handle(context.Context, SoldOut) error {
	fmt.Println("sold out")
	return nil
}

// Events recorded by event handlers join the end of the queue. They are all part of
// the request: if one of their handlers fails, so does the request.
func Example_followUps() {
	c := container.New()
	if err := c.ProvideAll(NewSellSeatsHandler, NewSeatPlan, NewBoxOffice); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*SellSeatsHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*SeatPlan](m)
		cqrs.BindEvent[*BoxOffice](m)
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(mediator.Send(context.Background(), SellSeats{Count: 3}))
	// Output:
	// seat 1 is sold
	// seat 2 is sold
	// seat 3 is sold
	// sold out
	// <nil>
}
