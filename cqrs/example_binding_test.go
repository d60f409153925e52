package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	Deposit struct{ cqrs.Command }
	Balance struct{ cqrs.Query[int] }
)

// Session stands in for a database transaction.
type Session struct{ ReadOnly bool }

// NewSession opens a session, which is read-only if the request is a query.
func NewSession(b *cqrs.Binding) *Session {
	return &Session{ReadOnly: b != nil && b.Kind() == cqrs.KindQuery}
}

func NewDeposit(s *Session) cqrs.CommandFunc[Deposit] {
	return func(context.Context, Deposit) error {
		fmt.Println("deposit, read-only:", s.ReadOnly)
		return nil
	}
}

func NewBalance(s *Session) cqrs.RequestFunc[Balance, int] {
	return func(context.Context, Balance) (int, error) {
		fmt.Println("balance, read-only:", s.ReadOnly)
		return 100, nil
	}
}

// A scoped constructor can ask for the *Binding of the message that started the request. It is
// nil in a request started by Run or Publish.
func ExampleBinding() {
	c := container.New()
	if err := c.ProvideAll(NewDeposit, NewBalance); err != nil {
		panic(err)
	}
	if err := c.Provide(NewSession, container.Scoped()); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[cqrs.CommandFunc[Deposit]](m)
		cqrs.BindRequest[cqrs.RequestFunc[Balance, int]](m)
	}, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	_ = mediator.Send(ctx, Deposit{})
	_, _ = cqrs.Send(ctx, mediator, Balance{})
	// Output:
	// deposit, read-only: false
	// balance, read-only: true
}
