package middleware_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type (
	PayBill struct {
		cqrs.Command
		CardNumber string
	}
	BillPaid  struct{ cqrs.DomainEvent }
	ReadBills struct{ cqrs.Query[int] }
)

type PayBillHandler struct{ cqrs.EventRecorder }

func NewPayBillHandler() *PayBillHandler { return &PayBillHandler{} }

func (h *PayBillHandler) Handle(context.Context, PayBill) error {
	h.Record(BillPaid{})
	return nil
}

type ReadBillsHandler struct{}

func NewReadBillsHandler() *ReadBillsHandler { return &ReadBillsHandler{} }

func (*ReadBillsHandler) Handle(context.Context, ReadBills) (int, error) { return 1, nil }

// SendReceipt fails, but the bill is still paid.
type SendReceipt struct{}

func NewSendReceipt() *SendReceipt { return &SendReceipt{} }

func (*SendReceipt) Handle(context.Context, BillPaid) error { return errors.New("no network") }

// Logging writes a line for each message, with its type but never its contents. The
// command's line comes last, since it reports the outcome of the whole request.
func ExampleLogging() {
	c := container.New()
	if err := c.ProvideAll(NewPayBillHandler, NewReadBillsHandler, NewSendReceipt); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PayBillHandler](m)
		cqrs.BindRequest[*ReadBillsHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*SendReceipt](m, cqrs.AfterScope())
	}, bootstrap.WithMiddleware(middleware.Logging(exampleLogger(), middleware.Level(cqrs.KindQuery, zapcore.InfoLevel))))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if _, err := cqrs.Send(ctx, mediator, ReadBills{}); err != nil {
		fmt.Println(err)
	}
	err = mediator.Send(ctx, PayBill{CardNumber: "4111 1111 1111 1111"})
	fmt.Println("paid:", cqrs.Done(err))
	// Output:
	// {"level":"info","msg":"query handled","kind":"query","message":"middleware_test.ReadBills","handler":"*middleware_test.ReadBillsHandler","duration":"...","outcome":"ok"}
	// {"level":"error","msg":"event failed","kind":"event","message":"middleware_test.BillPaid","handler":"*middleware_test.SendReceipt","duration":"...","outcome":"error","error_type":"*errors.errorString"}
	// {"level":"error","msg":"command handled, after-scope delivery failed","kind":"command","message":"middleware_test.PayBill","handler":"*middleware_test.PayBillHandler","duration":"...","outcome":"side_effect_failed","error_type":"*cqrs.EventError","event":"middleware_test.BillPaid","event_error_type":"*errors.errorString"}
	// paid: true
}
