package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type InvoiceSent struct {
	cqrs.DomainEvent
	Number int
}

type Printer struct{}

func NewPrinter() *Printer { return &Printer{} }

func (*Printer) Handle(_ context.Context, e InvoiceSent) error {
	fmt.Println("print", e.Number)
	return nil
}

// An Uplink is down the first time.
type Uplink struct{ tries int }

func NewUplink() *Uplink { return &Uplink{} }

type Archive struct{ uplink *Uplink }

func NewArchive(u *Uplink) *Archive { return &Archive{u} }

func (a *Archive) Handle(_ context.Context, e InvoiceSent) error {
	if a.uplink.tries++; a.uplink.tries == 1 {
		return errors.New("the uplink is down")
	}
	fmt.Println("archive", e.Number)
	return nil
}

// A consumer of events that came from elsewhere tells all handlers of one, and
// tries only those again that have failed.
func Example_publishTo() {
	c := container.New()
	if err := c.ProvideAll(NewPrinter, NewUplink, NewArchive); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, nil, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Printer](m, cqrs.AfterScope())
		cqrs.BindEvent[*Archive](m, cqrs.AfterScope(), cqrs.SubscriptionName("archive"))
	})
	if err != nil {
		panic(err)
	}
	event := InvoiceSent{Number: 7}
	err = mediator.Publish(context.Background(), event)
	if !cqrs.Done(err) {
		panic(err) // nothing is done: publish the event again
	}
	for _, failed := range cqrs.EventErrors(err) {
		fmt.Println("again:", failed.Subscription)
		fmt.Println(mediator.PublishTo(context.Background(), failed.Subscription, failed.Value))
	}
	// Output:
	// print 7
	// again: archive
	// archive 7
	// <nil>
}
