package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Each message states its result through the type that it embeds.
type (
	AddBook struct {
		cqrs.CommandOf[int] // returns the book number
		Title               string
	}
	LendBook struct {
		cqrs.Command // returns only an error
		Number       int
	}
	CountBooks struct {
		cqrs.Query[int]
	}
)

var errNoSuchBook = errors.New("no such book")

// Library is a singleton: all requests share it.
type Library struct{ titles map[int]string }

func NewLibrary() *Library { return &Library{titles: map[int]string{}} }

// AddBookHandler is built for each command, with the dependencies that its constructor asks for.
type AddBookHandler struct{ library *Library }

func NewAddBookHandler(l *Library) *AddBookHandler { return &AddBookHandler{l} }

func (h *AddBookHandler) Handle(_ context.Context, c AddBook) (int, error) {
	number := len(h.library.titles) + 1
	h.library.titles[number] = c.Title
	return number, nil
}

type LendBookHandler struct{ library *Library }

func NewLendBookHandler(l *Library) *LendBookHandler { return &LendBookHandler{l} }

func (h *LendBookHandler) Handle(_ context.Context, c LendBook) error {
	if _, ok := h.library.titles[c.Number]; !ok {
		return errNoSuchBook
	}
	delete(h.library.titles, c.Number)
	return nil
}

type CountBooksHandler struct{ library *Library }

func NewCountBooksHandler(l *Library) *CountBooksHandler { return &CountBooksHandler{l} }

func (h *CountBooksHandler) Handle(context.Context, CountBooks) (int, error) {
	return len(h.library.titles), nil
}

// A command without a result is sent with Mediator.Send, a query or a command with
// a result with the function Send. No call names the type of the result.
func Example_send() {
	c := container.New()
	if err := c.ProvideAll(NewLibrary, NewAddBookHandler, NewLendBookHandler, NewCountBooksHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*AddBookHandler](m)
		cqrs.BindCommand[*LendBookHandler](m)
		cqrs.BindRequest[*CountBooksHandler](m)
	}, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()

	number, err := cqrs.Send(ctx, mediator, AddBook{Title: "Momo"}) // a command with a result
	fmt.Println(number, err)

	count, err := cqrs.Send(ctx, mediator, CountBooks{}) // a query
	fmt.Println(count, err)

	fmt.Println(mediator.Send(ctx, LendBook{Number: 1})) // a command without a result
	fmt.Println(mediator.Send(ctx, LendBook{Number: 1}))
	// Output:
	// 1 <nil>
	// 1 <nil>
	// <nil>
	// no such book
}
