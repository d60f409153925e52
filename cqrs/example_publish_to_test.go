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

// Uplink is down at the first attempt.
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

// A program that consumes events from elsewhere publishes each one to all its handlers,
// and then retries only the handlers that failed.
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
		panic(err) // nothing was done; publish the event again
	}
	for _, failed := range cqrs.EventErrors(err) {
		fmt.Println("retry:", failed.Subscription)
		fmt.Println(mediator.PublishTo(context.Background(), failed.Subscription, failed.Value))
	}
	// Output:
	// print 7
	// retry: archive
	// archive 7
	// <nil>
}
