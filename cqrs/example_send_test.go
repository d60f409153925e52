package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// The messages. What each embeds states its result.
type (
	AddBook struct {
		cqrs.CommandOf[int] // answered by the number of the book
		Title               string
	}
	LendBook struct {
		cqrs.Command // answered by an error only
		Number       int
	}
	CountBooks struct {
		cqrs.Query[int]
	}
)

var errNoSuchBook = errors.New("there is no such book")

// The container has one Library; all requests share it.
type Library struct{ titles map[int]string }

func NewLibrary() *Library { return &Library{titles: map[int]string{}} }

// A handler is built for each message, with what its constructor asks for.
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

// A command is sent with the method Send, or with the function of that name if
// it has a result, and so is a query. No call names the type of a result.
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
	// there is no such book
}
