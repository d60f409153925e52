// Package outboxproof is the application with which the stores of the outbox are proven and
// measured: processes are killed while it runs, and its rates are compared with those of the
// same database without an outbox.
package outboxproof

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Database is a database with an outbox, and the table in which handlers have their effects:
//
//	CREATE TABLE proof_effects (id <increasing>, handler <text>, ordering_key <text>, n <integer>)
type Database struct {
	Store outbox.Store
	// Provide provides a scoped [cqrs.Journal], and a scoped [Tx] of the same transaction.
	Provide func(*container.Container) error
	// InTx calls f with the journal of a transaction, and commits if it returns nil.
	InTx  func(ctx context.Context, f func(cqrs.Journal) error) error
	Table string // the name of the table
	// Insert is the statement with which a handler inserts handler, ordering_key and n.
	Insert string
	// Query calls scan for each row of a result.
	Query func(ctx context.Context, query string, scan func(scan func(dest ...any) error) error) error
	Close func()
}

// Tx is the transaction of a request.
type Tx interface {
	Exec(ctx context.Context, statement string, args ...any) error
}

// Move is a command that records Moved, and has an effect of its own.
type Move struct {
	cqrs.Command
	Key string
	N   int
}

// Touch is a command that only has an effect.
type Touch struct {
	cqrs.Command
	Key string
	N   int
}

// Moved is the event of the application.
type Moved struct {
	cqrs.DomainEvent
	Key string
	N   int
}

// The subscriptions of the application. Those that a [Shape] leaves out do not exist.
const (
	Ordered   = "ordered"
	Unordered = "unordered"
	Second    = "second"
	Third     = "third"
)

// Shape is what is bound to the event.
type Shape struct {
	Subscriptions []string
	Batch         int                                      // 0 and 1 for none
	Handle        func(ctx context.Context, e Moved) error // comes before the effect; nil for nothing
}

type application struct {
	Database
	Shape
}

type moveHandler struct {
	cqrs.EventRecorder
	app *application
	tx  Tx
}

func (h *moveHandler) Handle(ctx context.Context, c Move) error {
	h.Record(Moved{Key: c.Key, N: c.N})
	return h.tx.Exec(ctx, h.app.Insert, "move", c.Key, c.N)
}

type touchHandler struct {
	app *application
	tx  Tx
}

func (h *touchHandler) Handle(ctx context.Context, c Touch) error {
	return h.tx.Exec(ctx, h.app.Insert, "touch", c.Key, c.N)
}

// projection has its effect in the transaction of its delivery.
type projection struct {
	app *application
	tx  Tx
}

func (p *projection) handle(ctx context.Context, name string, e Moved) error {
	if p.app.Handle != nil {
		if err := p.app.Handle(ctx, e); err != nil {
			return err
		}
	}
	return p.tx.Exec(ctx, p.app.Insert, name, e.Key, e.N)
}

type (
	ordered   struct{ *projection }
	unordered struct{ *projection }
	second    struct{ *projection }
	third     struct{ *projection }
)

func (p ordered) Handle(ctx context.Context, e Moved) error   { return p.handle(ctx, Ordered, e) }
func (p unordered) Handle(ctx context.Context, e Moved) error { return p.handle(ctx, Unordered, e) }
func (p second) Handle(ctx context.Context, e Moved) error    { return p.handle(ctx, Second, e) }
func (p third) Handle(ctx context.Context, e Moved) error     { return p.handle(ctx, Third, e) }

// NewMediator returns a mediator for the application on a database.
func NewMediator(db Database, s Shape) (*cqrs.Mediator, error) {
	c := container.New()
	app := &application{db, s}
	err := c.ProvideAll(
		func() *application { return app },
		func(app *application, tx Tx) *moveHandler { return &moveHandler{app: app, tx: tx} },
		func(app *application, tx Tx) *touchHandler { return &touchHandler{app, tx} },
		func(app *application, tx Tx) ordered { return ordered{&projection{app, tx}} },
		func(app *application, tx Tx) unordered { return unordered{&projection{app, tx}} },
		func(app *application, tx Tx) second { return second{&projection{app, tx}} },
		func(app *application, tx Tx) third { return third{&projection{app, tx}} },
	)
	if err != nil {
		return nil, err
	}
	if err := db.Provide(c); err != nil {
		return nil, err
	}
	return bootstrap.New(c, requests, s.events)
}

func requests(m *cqrs.RequestMap) {
	cqrs.BindCommand[*moveHandler](m)
	cqrs.BindCommand[*touchHandler](m)
}

func (s Shape) events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[Moved]{Name: "moved", Key: func(e Moved) string { return e.Key }})
	var opts []cqrs.DurableOption
	if s.Batch > 1 {
		opts = append(opts, cqrs.InBatches(s.Batch))
	}
	for _, name := range s.Subscriptions {
		switch name {
		case Ordered:
			cqrs.BindEvent[ordered](m, cqrs.Durable(name, append(opts, cqrs.InOrder())...))
		case Unordered:
			cqrs.BindEvent[unordered](m, cqrs.Durable(name, opts...))
		case Second:
			cqrs.BindEvent[second](m, cqrs.Durable(name, opts...))
		case Third:
			cqrs.BindEvent[third](m, cqrs.Durable(name, opts...))
		}
	}
}

// key returns the key of the n-th event.
func key(n, keys int) string { return "key-" + strconv.Itoa(n%keys) }

// Provide provides the constructors of a transaction and of its journal, both scoped.
func Provide(c *container.Container, begin, journal any) error {
	return errors.Join(c.Provide(begin, container.Scoped()), c.Provide(journal, container.Scoped()))
}

// QuerySQL returns the Query of a [Database] that is used with database/sql.
func QuerySQL(db *sql.DB) func(context.Context, string, func(func(...any) error) error) error {
	return func(ctx context.Context, query string, scan func(func(...any) error) error) error {
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := scan(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}
