package bootstrap_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	BuyTicket    struct{ cqrs.CommandOf[int] }
	TicketBought struct{ cqrs.DomainEvent }
)

type BuyTicketHandler struct{ cqrs.EventRecorder }

func NewBuyTicketHandler() *BuyTicketHandler { return &BuyTicketHandler{} }

func (h *BuyTicketHandler) Handle(context.Context, BuyTicket) (int, error) {
	h.Record(TicketBought{})
	return 17, nil
}

type TicketMail struct{}

func NewTicketMail() *TicketMail { return &TicketMail{} }

func (*TicketMail) Handle(context.Context, TicketBought) error {
	return errors.New("the mail server is down")
}

// The ticket stays bought even if the mail cannot be sent. The caller receives the ticket
// number and no error; the callback receives the failed deliveries.
func ExampleWithAfterScopeErrors() {
	c := container.New()
	if err := c.ProvideAll(NewBuyTicketHandler, NewTicketMail); err != nil {
		fmt.Println(err)
		return
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*BuyTicketHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*TicketMail](m, cqrs.AfterScope(), cqrs.SubscriptionName("ticket-mail"))
	}, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithAfterScopeErrors(func(_ context.Context, errs []*cqrs.EventError) {
		for _, err := range errs {
			fmt.Printf("retry %s: %v\n", err.Subscription, err.Err)
		}
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cqrs.Send(context.Background(), mediator, BuyTicket{}))
	// Output:
	// retry ticket-mail: the mail server is down
	// 17 <nil>
}
