package cqrstest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
)

type BorrowBook struct {
	cqrs.Command
	Title string
}

type BookBorrowed struct {
	cqrs.DomainEvent
	Title string
}

// Library is what the application changes: a table of loans, and the letters that it sends.
type Library struct {
	Loans   []string
	Letters []string
}

// Loans writes to the table when its transaction commits.
type Loans struct {
	library *Library
	added   []string
}

func BeginLoans(library *Library) (*Loans, container.Finalizer) {
	loans := &Loans{library: library}
	return loans, container.Transaction(loans)
}

func (l *Loans) Add(title string) { l.added = append(l.added, title) }

func (l *Loans) Commit() error {
	l.library.Loans = append(l.library.Loans, l.added...)
	return nil
}

func (l *Loans) Rollback() error { return nil }

type BorrowBookHandler struct {
	cqrs.EventRecorder
	loans *Loans
}

func NewBorrowBookHandler(loans *Loans) *BorrowBookHandler { return &BorrowBookHandler{loans: loans} }

func (h *BorrowBookHandler) Handle(_ context.Context, c BorrowBook) error {
	h.loans.Add(c.Title)
	h.Record(BookBorrowed{Title: c.Title})
	return nil
}

// LetterHandler sends a letter.
type LetterHandler struct{ library *Library }

func NewLetterHandler(library *Library) *LetterHandler { return &LetterHandler{library} }

func (h *LetterHandler) Handle(_ context.Context, e BookBorrowed) error {
	h.library.Letters = append(h.library.Letters, e.Title)
	return nil
}

// NewMediator returns the application. Letters are sent as delivery says.
func NewMediator(library *Library, delivery []cqrs.EventOption, opts ...bootstrap.Option) (*cqrs.Mediator, error) {
	c := container.New()
	if err := c.ProvideAll(func() *Library { return library }, NewBorrowBookHandler, NewLetterHandler); err != nil {
		return nil, err
	}
	if err := c.Provide(BeginLoans, container.Scoped()); err != nil {
		return nil, err
	}
	return bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*BorrowBookHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*LetterHandler](m, delivery...)
	}, opts...)
}

// A book that is borrowed, whatever fails.
func TestBorrowBook_Failures(t *testing.T) {
	t.Parallel()
	var library *Library
	build := func(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
		library = new(Library)
		afterScope := []cqrs.EventOption{cqrs.AfterScope()}
		mediator, err := NewMediator(library, afterScope, append(opts, bootstrap.WithLogger(zap.NewNop()))...)
		require.NoError(t, err)
		return mediator
	}
	request := func(ctx context.Context, m *cqrs.Mediator) error {
		return m.Send(ctx, BorrowBook{Title: "Emma"})
	}
	effects := func() any {
		return Library{slices.Clone(library.Loans), slices.Clone(library.Letters)}
	}
	cqrstest.ExploreFailures(t, build, request, cqrstest.Effects(effects))
}

// printer prints the first failure of a test.
type printer struct {
	testing.TB
	failed bool
}

func (p *printer) Helper() {}

func (p *printer) Errorf(format string, args ...any) {
	if !p.failed {
		fmt.Printf(format+"\n", args...)
	}
	p.failed = true
}

// The letter is sent in the scope, before the loan is committed.
func ExampleExploreFailures() {
	var library *Library
	build := func(_ testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
		library = new(Library)
		mediator, err := NewMediator(library, nil, append(opts, bootstrap.WithLogger(zap.NewNop()))...)
		if err != nil {
			panic(err)
		}
		return mediator
	}
	request := func(ctx context.Context, m *cqrs.Mediator) error {
		return m.Send(ctx, BorrowBook{Title: "Emma"})
	}
	effects := func() any {
		return Library{slices.Clone(library.Loans), slices.Clone(library.Letters)}
	}
	t := &printer{} // in a test, the *testing.T
	cqrstest.ExploreFailures(t, build, request, cqrstest.Effects(effects))
	// Output:
	// cqrstest: handler *cqrstest_test.LetterHandler cqrstest_test.BookBorrowed (example_explore_test.go:89) returns an error after it has run:
	// - nothing was committed, but the effects changed from {Loans:[] Letters:[]} to {Loans:[] Letters:[Emma]}; expected no change. Do what cannot be rolled back in an event handler that runs after the scope, or is durable
	//
	// The request returned cqrs: delivery of event cqrstest_test.BookBorrowed to *cqrstest_test.LetterHandler failed: cqrstest: injected failure. This is what it did:
	//   request Send cqrstest_test.BorrowBook: failed
	//     scope: rolled back
	//       handler *cqrstest_test.BorrowBookHandler cqrstest_test.BorrowBook
	//         constructor cqrstest_test.BeginLoans
	//         constructor cqrstest_test.NewBorrowBookHandler
	//       event cqrstest_test.BookBorrowed: failed
	//         handler *cqrstest_test.LetterHandler cqrstest_test.BookBorrowed: failed: cqrstest: injected failure <-- returns an error after it has run
	//           constructor cqrstest_test.NewLetterHandler
	//       finalizer cqrstest_test.BeginLoans
}
