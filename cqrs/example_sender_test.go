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
	MoveMoney struct {
		cqrs.Command
		From, To string
		Amount   int
	}
	BookMoney struct {
		cqrs.Command
		Account string
		Amount  int
	}
)

// Ledger is scoped. Its entries are booked only if the request succeeds.
type Ledger struct{ booked []string }

func NewLedger() (*Ledger, container.Finalizer) {
	l := &Ledger{}
	return l, func(_ context.Context, outcome error) error {
		if outcome != nil {
			fmt.Println("nothing booked:", outcome)
			return nil
		}
		fmt.Println("booked:", l.booked)
		return nil
	}
}

// MoveMoneyHandler sends within its own request, because it asks for a Sender.
type MoveMoneyHandler struct{ sender cqrs.Sender }

func NewMoveMoneyHandler(s cqrs.Sender) *MoveMoneyHandler { return &MoveMoneyHandler{s} }

func (h *MoveMoneyHandler) Handle(ctx context.Context, c MoveMoney) error {
	if err := h.sender.Send(ctx, BookMoney{Account: c.From, Amount: -c.Amount}); err != nil {
		return err
	}
	return h.sender.Send(ctx, BookMoney{Account: c.To, Amount: c.Amount})
}

type BookMoneyHandler struct{ ledger *Ledger }

func NewBookMoneyHandler(l *Ledger) *BookMoneyHandler { return &BookMoneyHandler{l} }

func (h *BookMoneyHandler) Handle(_ context.Context, c BookMoney) error {
	if c.Account == "" {
		return errors.New("no account")
	}
	h.ledger.booked = append(h.ledger.booked, fmt.Sprintf("%s%+d", c.Account, c.Amount))
	return nil
}

// Several sends can share one request and its scope: those of a handler that asks
// for a Sender, and those of a function passed to Run.
func Example_runAndSender() {
	c := container.New()
	if err := errors.Join(
		c.Provide(NewLedger, container.Scoped()),
		c.ProvideAll(NewMoveMoneyHandler, NewBookMoneyHandler),
	); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*MoveMoneyHandler](m)
		cqrs.BindCommand[*BookMoneyHandler](m)
	}, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()

	_ = mediator.Send(ctx, MoveMoney{From: "ann", To: "bob", Amount: 5})
	_ = mediator.Send(ctx, MoveMoney{From: "ann", To: "", Amount: 5})
	_ = mediator.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
		if err := s.Send(ctx, MoveMoney{From: "ann", To: "bob", Amount: 1}); err != nil {
			return err
		}
		return s.Send(ctx, BookMoney{Account: "tax", Amount: 1})
	})
	// Output:
	// booked: [ann-5 bob+5]
	// nothing booked: no account
	// booked: [ann-1 bob+1 tax+1]
}
