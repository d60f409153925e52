// Command testing runs package shop, whose tests are the point of this example: they test
// a handler on its own, and the application with fakes.
//
//	go run ./examples/testing
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/examples/testing/shop"
)

// Cards charges credit cards.
type Cards struct{}

func NewCards() shop.Payments { return Cards{} }

func (Cards) Charge(_ context.Context, cents int) error {
	if cents > 1000 {
		return errors.New("the card was declined")
	}
	return nil
}

// Printer prints emails instead of sending them.
type Printer struct{}

func NewPrinter() shop.Mailer { return Printer{} }

func (Printer) Mail(_ context.Context, text string) error {
	fmt.Println("mail:", text)
	return nil
}

func main() {
	c := container.New()
	if err := c.ProvideAll(NewCards, NewPrinter); err != nil {
		log.Fatal(err)
	}
	mediator, err := shop.New(c)
	if err != nil {
		log.Fatal(err)
	}
	for _, order := range []shop.PlaceOrder{{Item: "tea", Cents: 300}, {Item: "teapot", Cents: 4000}} {
		fmt.Println(cqrs.Send(context.Background(), mediator, order))
	}
}
