// Command preview previews commands. The how-to page on previews explains it.
//
//	go run ./docs/howto/preview
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type PlaceOrder struct {
	cqrs.Command
	Item string
}

// WriteAudit is sent through the mediator, so that it is kept whatever the outcome of the order.
type WriteAudit struct{ cqrs.Command }

type OrderPlaced struct {
	cqrs.DomainEvent
	Item string
}

// Tx stands in for the transaction of a database.
type Tx struct{ *outboxtest.Tx }

func BeginTx(store *outboxtest.Store) (*Tx, *outboxtest.Tx, container.Finalizer) {
	tx := &Tx{store.Begin()}
	return tx, tx.Tx, container.Transaction(tx)
}

func (tx *Tx) Insert(what string) { fmt.Println("insert", what) }
func (tx *Tx) Commit() error      { fmt.Println("commit"); return tx.Tx.Commit() }
func (tx *Tx) Rollback() error    { fmt.Println("roll back"); return tx.Tx.Rollback() }

// Outside is a way to send what is not part of the request.
type Outside struct{ mediator *cqrs.Mediator }

type PlaceOrderHandler struct {
	cqrs.EventRecorder
	tx      *Tx
	outside *Outside
}

func NewPlaceOrderHandler(tx *Tx, outside *Outside) *PlaceOrderHandler {
	return &PlaceOrderHandler{tx: tx, outside: outside}
}

func (h *PlaceOrderHandler) Handle(ctx context.Context, c PlaceOrder) error {
	h.tx.Insert("order")
	h.Record(OrderPlaced{Item: c.Item})
	return h.outside.mediator.Send(ctx, WriteAudit{})
}

type WriteAuditHandler struct{ tx *Tx }

func NewWriteAuditHandler(tx *Tx) *WriteAuditHandler { return &WriteAuditHandler{tx: tx} }

func (h *WriteAuditHandler) Handle(context.Context, WriteAudit) error {
	h.tx.Insert("audit")
	return nil
}

type Stock struct{ tx *Tx }

func NewStock(tx *Tx) *Stock { return &Stock{tx: tx} }

func (h *Stock) Handle(_ context.Context, e OrderPlaced) error {
	if e.Item == "gold" {
		return errors.New("sold out")
	}
	h.tx.Insert("reservation")
	return nil
}

type Receipt struct{}

func NewReceipt() *Receipt { return &Receipt{} }

func (*Receipt) Handle(context.Context, OrderPlaced) error {
	fmt.Println("mail a receipt")
	return nil
}

type Shipping struct{}

func NewShipping() *Shipping { return &Shipping{} }

func (*Shipping) Handle(context.Context, OrderPlaced) error {
	fmt.Println("ship")
	return nil
}

func commands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*PlaceOrderHandler](m, cqrs.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(PrintOutcome))))
	cqrs.BindCommand[*WriteAuditHandler](m)
}

func events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[OrderPlaced]{Name: "shop.order_placed"})
	cqrs.BindEvent[*Stock](m)
	cqrs.BindEvent[*Receipt](m, cqrs.AfterScope())
	cqrs.BindEvent[*Shipping](m, cqrs.Durable("shipping"))
}

// PrintOutcome prints the outcome of a request, and whether it was a preview.
func PrintOutcome(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	fmt.Printf("outcome: %v (preview: %t, expected: %t)\n", err, errors.Is(err, cqrs.ErrPreview), in.Expected(err))
	return result, err
}

func main() {
	outside := &Outside{}
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewPlaceOrderHandler, NewWriteAuditHandler, NewStock, NewReceipt, NewShipping),
		c.ProvideAll(outboxtest.NewStore, func() *Outside { return outside }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		log.Fatal(err)
	}
	outside.mediator = mediator
	ctx := context.Background()

	report, err := cqrs.Preview(ctx, mediator, PlaceOrder{Item: "tea"})
	fmt.Println("would fail:", err)
	fmt.Print(report)

	fmt.Println()
	_, err = cqrs.Preview(ctx, mediator, PlaceOrder{Item: "gold"})
	fmt.Println("would fail:", err)
}
