package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type BuyTicket struct {
	cqrs.Command
	Seat string
}

type TicketBought struct {
	cqrs.DomainEvent
	Seat string
}

type BuyTicketHandler struct{ cqrs.EventRecorder }

func NewBuyTicketHandler() *BuyTicketHandler { return &BuyTicketHandler{} }

func (h *BuyTicketHandler) Handle(_ context.Context, c BuyTicket) error {
	h.Record(TicketBought{Seat: c.Seat})
	if c.Seat == "" {
		return errors.New("which seat?")
	}
	return nil
}

type TicketMail struct{}

func NewTicketMail() *TicketMail { return &TicketMail{} }

func (*TicketMail) Handle(_ context.Context, e TicketBought) error {
	fmt.Println("your ticket for", e.Seat)
	return nil
}

// BeginTicketTx begins a transaction, here of a store in memory.
func BeginTicketTx(s *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := s.Begin()
	return tx, container.Transaction(tx)
}

func ExampleDurable() {
	store := outboxtest.NewStore()
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewBuyTicketHandler, NewTicketMail, func() *outboxtest.Store { return store }),
		c.Provide(BeginTicketTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()))
	if err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c,
		func(m *cqrs.RequestMap) { cqrs.BindCommand[*BuyTicketHandler](m) },
		func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[TicketBought]{Name: "ticket.bought"})
			cqrs.BindEvent[*TicketMail](m, cqrs.Durable("ticket-mail"))
		})
	if err != nil {
		panic(err)
	}
	relay, err := outbox.NewRelay(store, mediator)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	fmt.Println(mediator.Send(ctx, BuyTicket{Seat: "7A"}))
	fmt.Println(mediator.Send(ctx, BuyTicket{}))
	fmt.Println("a relay delivers what was stored, now or after a restart:")
	fmt.Println(relay.Drain(ctx)) // a server calls Run
	// Output:
	// <nil>
	// which seat?
	// a relay delivers what was stored, now or after a restart:
	// your ticket for 7A
	// <nil>
}
