package cqrstest_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
)

// PriceTag is a query of the shop, and PrintLabel a command that needs it.
type (
	PriceTag struct {
		cqrs.Query[string]
		Item string
	}
	PrintLabel struct {
		cqrs.Command
		Item string
	}
	LabelPrinted struct {
		cqrs.DomainEvent
		Text string
	}
)

func NewPrintLabel(s cqrs.Sender) cqrs.CommandFunc[PrintLabel] {
	return func(ctx context.Context, c PrintLabel) error {
		price, err := cqrs.Send(ctx, s, PriceTag{Item: c.Item})
		if err != nil {
			return err
		}
		return s.Publish(ctx, LabelPrinted{Text: c.Item + " " + price})
	}
}

// A Sender answers what a handler sends. In a test, t is the *testing.T.
func ExampleSender() {
	t := new(fakeT)
	s := cqrstest.NewSender(t)
	cqrstest.Answer[PriceTag](s, "3.00")

	err := NewPrintLabel(s).Handle(context.Background(), PrintLabel{Item: "tea"})
	fmt.Println(err, cqrstest.RequireSent[PriceTag](s).Item, cqrstest.RequireEvent[LabelPrinted](s).Text)
	// Output: <nil> tea tea 3.00
}
