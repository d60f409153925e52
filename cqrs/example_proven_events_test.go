package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	PostParcel struct {
		cqrs.Command
		To string
	}
	ParcelPosted struct {
		cqrs.DomainEvent
		To string
	}
	ParcelWeighed struct {
		cqrs.DomainEvent
		Grams int
	}
)

// PostParcelHandler declares that it records ParcelPosted. Its Record takes nothing else.
type PostParcelHandler struct {
	cqrs.Records1[ParcelPosted]
}

func NewPostParcelHandler() *PostParcelHandler { return &PostParcelHandler{} }

func (h *PostParcelHandler) Handle(_ context.Context, c PostParcel) error {
	h.Record(ParcelPosted{To: c.To})
	return nil
}

type Postman struct{}

func NewPostman() *Postman { return &Postman{} }

func (*Postman) Handle(_ context.Context, e ParcelPosted) error {
	fmt.Println("on the way to", e.To)
	return nil
}

// PostageClerk waits for an event that nobody records.
type PostageClerk struct{}

func NewPostageClerk() *PostageClerk { return &PostageClerk{} }

func (*PostageClerk) Handle(context.Context, ParcelWeighed) error { return nil }

// Handlers that embed Records1 or a similar type declare what they record. WithProvenEvents has
// bootstrap.New check what each event leads to.
func Example_provenEvents() {
	c := container.New()
	if err := c.ProvideAll(NewPostParcelHandler, NewPostman, NewPostageClerk); err != nil {
		panic(err)
	}
	commands := func(m *cqrs.RequestMap) { cqrs.BindCommand[*PostParcelHandler](m) }
	mediator, err := bootstrap.New(c, commands, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Postman](m)
	}, bootstrap.WithProvenEvents())
	if err != nil {
		panic(err)
	}
	fmt.Println(mediator.Send(context.Background(), PostParcel{To: "Momo"}))

	_, err = bootstrap.New(c, commands, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Postman](m)
		cqrs.BindEvent[*PostageClerk](m)
	}, bootstrap.WithProvenEvents())
	if mistake, ok := errors.AsType[*cqrs.EmissionError](err); ok {
		fmt.Println(errors.Is(mistake, cqrs.ErrDeadHandler), mistake.Binding.Handler(), mistake.Event)
	}
	// Output:
	// on the way to Momo
	// <nil>
	// true *cqrs_test.PostageClerk cqrs_test.ParcelWeighed
}
