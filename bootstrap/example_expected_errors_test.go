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

var ErrSoldOut = errors.New("sold out")

type OrderVinyl struct {
	cqrs.Command
	Title string
}

type OrderVinylHandler struct{}

func NewOrderVinylHandler() *OrderVinylHandler { return &OrderVinylHandler{} }

func (*OrderVinylHandler) Handle(_ context.Context, c OrderVinyl) error {
	return fmt.Errorf("order %s: %w", c.Title, ErrSoldOut)
}

// A record that is sold out is an answer rather than a failure: the command is logged as
// rejected, nothing retries it, and the caller can recognize the error with Mediator.Expected.
func ExampleWithExpectedErrors() {
	c := container.New()
	if err := c.ProvideAll(NewOrderVinylHandler); err != nil {
		fmt.Println(err)
		return
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*OrderVinylHandler](m)
	}, nil,
		bootstrap.WithLogger(zap.NewNop()),
		bootstrap.WithExpectedErrors(func(err error) bool { return errors.Is(err, ErrSoldOut) }))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = mediator.Send(context.Background(), OrderVinyl{Title: "Blue Train"})
	switch {
	case mediator.Expected(err):
		fmt.Println("409 Conflict:", err)
	case err != nil:
		fmt.Println("500 Internal Server Error")
	}
	// Output:
	// 409 Conflict: order Blue Train: sold out
}
