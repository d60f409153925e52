// Command modules is an application of several features, each in a package of its own that
// exports a module.
//
//	go run ./examples/modules
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/examples/modules/billing"
	"github.com/digcqrs/digcqrs/examples/modules/database"
	"github.com/digcqrs/digcqrs/examples/modules/orders"
)

// PriceList is the Prices of this application.
type PriceList map[string]int

func NewPriceList() billing.Prices { return PriceList{"tea": 300} }

func (p PriceList) Of(item string) (int, bool) {
	price, known := p[item]
	return price, known
}

// NewMediator wires the application.
func NewMediator() (*cqrs.Mediator, error) {
	c := container.New()
	if err := c.ProvideAll(NewPriceList); err != nil {
		return nil, err
	}
	return bootstrap.New(c, nil, nil,
		bootstrap.WithModules(database.Module, orders.Module, billing.Module))
}

func main() {
	mediator, err := NewMediator()
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range []string{"tea", "gold"} {
		fmt.Println(mediator.Send(context.Background(), orders.Place{Item: item}))
	}
}
