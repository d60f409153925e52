package resilience_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

var ErrNotEnoughMoney = errors.New("not enough money")

type Withdraw struct{ cqrs.Command }

type WithdrawHandler struct{}

func NewWithdrawHandler() *WithdrawHandler { return &WithdrawHandler{} }

func (*WithdrawHandler) Handle(context.Context, Withdraw) error {
	fmt.Println("called")
	return ErrNotEnoughMoney
}

// An expected error is an answer rather than a failure, so it is not retried.
func ExampleExpected() {
	c := container.New()
	if err := c.ProvideAll(NewWithdrawHandler); err != nil {
		panic(err)
	}
	answers := resilience.Expected(func(err error) bool { return errors.Is(err, ErrNotEnoughMoney) })
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*WithdrawHandler](m)
	}, nil, bootstrap.WithMiddleware(resilience.Retry(retrypolicy.NewBuilder[any](), answers)))
	if err != nil {
		panic(err)
	}
	fmt.Println(mediator.Send(context.Background(), Withdraw{}))
	// Output:
	// called
	// not enough money
}
