package telemetry_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/cqrs"
)

// requestScenarios cover commands and queries, and the events that their handlers record.
func requestScenarios() []scenario {
	return []scenario{
		{
			name: "a request that succeeds",
			want: `
command PlaceOrder: ok
`,
		},
		{
			name: "a query",
			do: func(ctx context.Context, o *observed) error {
				_, err := cqrs.Send(ctx, o, countOrders)
				return err
			},
			want: `
query CountOrders: ok
`,
		},
		{
			name: "a request that fails, with the events that are dropped",
			script: script{"PlaceOrder": func(ctx context.Context, h *self) error {
				h.Record(orderPlaced)
				return fail(ctx, h)
			}},
			fails: true,
			want: `
command PlaceOrder: error *DeclinedError
`,
		},
		{
			name:   "a request that panics",
			script: script{"PlaceOrder": panics},
			fails:  true,
			want: `
command PlaceOrder: panic *cqrs.PanicError
`,
		},
		{
			name: "a request that is cancelled",
			script: script{"PlaceOrder": func(ctx context.Context, _ *self) error {
				return fmt.Errorf("while waiting for %s: %w", secret, ctx.Err())
			}},
			do: func(ctx context.Context, o *observed) error {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				return o.Send(ctx, placeOrder)
			},
			fails: true,
			want: `
command PlaceOrder: rejected context.Canceled
`,
		},
		{
			name:   "after-scope handlers that are cancelled before they begin",
			script: script{"PlaceOrder": record(orderPlaced)},
			do: func(ctx context.Context, o *observed) error {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				return o.Send(ctx, placeOrder)
			},
			fails: true,
			want: `
command PlaceOrder: side_effect_failed
  event OrderPlaced to *OrderList: ok
  event OrderPlaced to *Ledger: ok
`,
		},
		{
			name:   "a nested request",
			script: script{"PlaceOrder": sends()},
			want: `
command PlaceOrder: ok
  command ReserveStock: ok
`,
		},
		{
			name:   "a nested request that fails",
			script: script{"PlaceOrder": sends(), "ReserveStock": failPlainly},
			fails:  true,
			want: `
command PlaceOrder: error *errors.errorString
  command ReserveStock: error *errors.errorString
`,
		},
		{
			name:   "events under the handler that recorded them, and what they lead to",
			script: script{"PlaceOrder": sends(orderPlaced), "ReserveStock": record(stockReserved), "Ledger": record(mailSent)},
			want: `
command PlaceOrder: ok
  command ReserveStock: ok
    event StockReserved to *Shelf: ok
  event OrderPlaced to *OrderList: ok
  event OrderPlaced to *Ledger: ok
    event MailSent to *MailLog: ok
  event OrderPlaced to *Mailer: ok <- command PlaceOrder
  event OrderPlaced to *Courier: ok <- command PlaceOrder
  event MailSent to *Archive: ok <- event OrderPlaced to *Ledger
`,
		},
		{
			name: "a nested request of an event handler, and its event",
			script: script{
				"PlaceOrder": record(orderPlaced), "Ledger": sends(), "ReserveStock": record(stockReserved),
			},
			want: `
command PlaceOrder: ok
  event OrderPlaced to *OrderList: ok
  event OrderPlaced to *Ledger: ok
    command ReserveStock: ok
      event StockReserved to *Shelf: ok
  event OrderPlaced to *Mailer: ok <- command PlaceOrder
  event OrderPlaced to *Courier: ok <- command PlaceOrder
`,
		},
		{
			name:   "an event handler in the scope that fails",
			script: script{"PlaceOrder": record(orderPlaced), "OrderList": fail},
			fails:  true,
			want: `
command PlaceOrder: error *cqrs.EventError
  event OrderPlaced to *OrderList: error *DeclinedError
`,
		},
		{
			name:   "an event handler in the scope that panics",
			script: script{"PlaceOrder": record(orderPlaced), "Ledger": panics},
			fails:  true,
			want: `
command PlaceOrder: error *cqrs.EventError
  event OrderPlaced to *OrderList: ok
  event OrderPlaced to *Ledger: panic *cqrs.PanicError
`,
		},
		{
			name:   "after-scope handlers, of which one fails and one raises more",
			script: script{"PlaceOrder": record(orderPlaced), "Mailer": record(mailSent), "Courier": fail},
			fails:  true,
			want: `
command PlaceOrder: side_effect_failed
  event OrderPlaced to *OrderList: ok
  event OrderPlaced to *Ledger: ok
  event OrderPlaced to *Mailer: ok <- command PlaceOrder
    event MailSent to *MailLog: ok
  event OrderPlaced to *Courier: error *DeclinedError <- command PlaceOrder
  event MailSent to *Archive: ok <- event OrderPlaced to *Mailer
`,
		},
		{
			name: "an event handler that returns the error of another request",
			script: script{
				"PlaceOrder": func(ctx context.Context, h *self) error { return h.Publish(ctx, stockReserved) },
				"Shelf": func(ctx context.Context, h *self) error {
					o := ctx.Value(appKey{}).(*observed)
					return o.Publish(ctx, mailSent)
				},
				"Archive": fail,
			},
			fails: true,
			want: `
command PlaceOrder: error *cqrs.EventError
  event StockReserved to *Shelf: error *cqrs.EventError
    event MailSent to *MailLog: ok
    event MailSent to *Archive: error *DeclinedError <- event StockReserved to *Shelf
`,
		},
		{
			name: "a handler that returns the error of another request",
			script: script{
				"PlaceOrder": func(ctx context.Context, h *self) error {
					return ctx.Value(appKey{}).(*observed).Publish(ctx, mailSent)
				},
				"Archive": fail,
			},
			fails: true,
			want: `
command PlaceOrder: error *cqrs.EventError
  event MailSent to *MailLog: ok
  event MailSent to *Archive: error *DeclinedError <- command PlaceOrder
`,
		},
		{
			name: "an event that was published with a context of nowhere",
			script: script{"PlaceOrder": func(_ context.Context, h *self) error {
				return h.Publish(context.Background(), mailSent)
			}},
			want: `
command PlaceOrder: ok
  event MailSent to *MailLog: ok
  event MailSent to *Archive: ok
`,
		},
		{
			name:   "spans of the application in between",
			script: script{"PlaceOrder": inSpan("pay", sends()), "ReserveStock": record(mailSent)},
			do: func(ctx context.Context, o *observed) error {
				ctx, span := o.tracer.Tracer("test").Start(ctx, "GET /")
				defer span.End()
				return o.Send(ctx, placeOrder)
			},
			want: `
GET /
  command PlaceOrder: ok
    pay
      command ReserveStock: ok
        event MailSent to *MailLog: ok
    event MailSent to *Archive: ok <- command ReserveStock
`,
		},
		{
			name: "a stream",
			do:   func(ctx context.Context, o *observed) error { return drain(o, ctx) },
			want: `
stream ExportOrders: ok
`,
		},
	}
}
