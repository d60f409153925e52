package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	ReturnBook struct {
		cqrs.Command
		Title string
	}
	CountShelf struct{ cqrs.Query[int] }
)

type Shelf struct{ titles []string }

func NewShelf() *Shelf { return &Shelf{} }

func NewReturnBook(s *Shelf) cqrs.CommandFunc[ReturnBook] {
	return func(_ context.Context, c ReturnBook) error {
		s.titles = append(s.titles, c.Title)
		return nil
	}
}

func NewCountShelf(s *Shelf) cqrs.RequestFunc[CountShelf, int] {
	return func(context.Context, CountShelf) (int, error) { return len(s.titles), nil }
}

// A handler can be a function. Its dependencies are the parameters of its constructor.
func ExampleCommandFunc() {
	c := container.New()
	if err := c.ProvideAll(NewShelf, NewReturnBook, NewCountShelf); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[cqrs.CommandFunc[ReturnBook]](m)
		cqrs.BindRequest[cqrs.RequestFunc[CountShelf, int]](m)
	}, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	fmt.Println(mediator.Send(ctx, ReturnBook{Title: "Momo"}))
	fmt.Println(cqrs.Send(ctx, mediator, CountShelf{}))
	// Output:
	// <nil>
	// 1 <nil>
}
