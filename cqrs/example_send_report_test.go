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
	RentBike struct{ cqrs.Command }

	BikeRented struct{ cqrs.DomainEvent }
)

// Till is written in a transaction.
type Till struct{}

func OpenTill() (*Till, container.Finalizer) {
	return &Till{}, func(context.Context, error) error { return nil }
}

type RentBikeHandler struct{ cqrs.EventRecorder }

func NewRentBikeHandler(*Till) *RentBikeHandler { return &RentBikeHandler{} }

func (h *RentBikeHandler) Handle(context.Context, RentBike) error {
	h.Record(BikeRented{})
	return nil
}

type Billing struct{}

func NewBilling(*Till) *Billing { return &Billing{} }

func (*Billing) Handle(context.Context, BikeRented) error { return errors.New("the card has expired") }

type Receipt struct{}

func NewReceipt() *Receipt { return &Receipt{} }

func (*Receipt) Handle(context.Context, BikeRented) error { return nil }

// A report shows what a request did, and where it failed.
func ExampleSendReport() {
	c := container.New()
	if err := c.ProvideAll(NewRentBikeHandler, NewBilling, NewReceipt); err != nil {
		panic(err)
	}
	if err := c.Provide(OpenTill, container.Scoped()); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*RentBikeHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Billing](m)
		cqrs.BindEvent[*Receipt](m, cqrs.AfterScope())
	})
	if err != nil {
		panic(err)
	}
	_, report, _ := cqrs.SendReport(context.Background(), mediator, RentBike{})
	fmt.Print(report)
	// Output:
	// request Send cqrs_test.RentBike: failed
	//   scope: rolled back
	//     handler *cqrs_test.RentBikeHandler cqrs_test.RentBike
	//       constructor cqrs_test.OpenTill
	//       constructor cqrs_test.NewRentBikeHandler
	//     event cqrs_test.BikeRented: failed
	//       handler *cqrs_test.Billing cqrs_test.BikeRented: failed: the card has expired
	//         constructor cqrs_test.NewBilling
	//     finalizer cqrs_test.OpenTill
}

// A preview runs a command and rolls it back.
func ExamplePreview() {
	c := container.New()
	if err := c.ProvideAll(NewRentBikeHandler, NewReceipt); err != nil {
		panic(err)
	}
	if err := c.Provide(OpenTill, container.Scoped()); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*RentBikeHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Receipt](m, cqrs.AfterScope())
	})
	if err != nil {
		panic(err)
	}
	report, err := cqrs.Preview(context.Background(), mediator, RentBike{})
	fmt.Print(report)
	fmt.Println(err)
	// Output:
	// request Send cqrs_test.RentBike
	//   scope: rolled back, as a preview
	//     handler *cqrs_test.RentBikeHandler cqrs_test.RentBike
	//       constructor cqrs_test.OpenTill
	//       constructor cqrs_test.NewRentBikeHandler
	//     event cqrs_test.BikeRented
	//       delivery *cqrs_test.Receipt cqrs_test.BikeRented after-scope
	//     finalizer cqrs_test.OpenTill
	// <nil>
}
