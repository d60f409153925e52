package telemetry_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/cqrs"
)

// streamScenarios cover streams.
func streamScenarios() []scenario {
	return []scenario{
		{
			name:   "a stream with events",
			script: script{"ExportOrders": record(orderPlaced)},
			do:     func(ctx context.Context, o *observed) error { return drain(o, ctx) },
			want: `
stream ExportOrders: ok
  event OrderPlaced to *OrderList: ok
  event OrderPlaced to *Ledger: ok
  event OrderPlaced to *Mailer: ok <- stream ExportOrders
  event OrderPlaced to *Courier: ok <- stream ExportOrders
`,
		},
		{
			name:   "a stream that fails after an item",
			script: script{"ExportOrders": fail},
			do:     func(ctx context.Context, o *observed) error { return drain(o, ctx) },
			fails:  true,
			want: `
stream ExportOrders: error *DeclinedError
`,
		},
		{
			name:   "a stream that panics",
			script: script{"ExportOrders": panics},
			do:     func(ctx context.Context, o *observed) error { return drain(o, ctx) },
			fails:  true,
			want: `
stream ExportOrders: panic *cqrs.PanicError
`,
		},
		{
			name:   "a stream of which an after-scope handler fails",
			script: script{"ExportOrders": record(mailSent), "Archive": fail},
			do:     func(ctx context.Context, o *observed) error { return drain(o, ctx) },
			fails:  true,
			want: `
stream ExportOrders: side_effect_failed
  event MailSent to *MailLog: ok
  event MailSent to *Archive: error *DeclinedError <- stream ExportOrders
`,
		},
		{
			name: "a stream that the consumer stops",
			do: func(ctx context.Context, o *observed) error {
				for range cqrs.Stream(ctx, o, exportOrders) {
					break
				}
				return nil
			},
			want: `
stream ExportOrders: stopped
`,
		},
		{
			name: "a stream whose consumer panics",
			do: func(ctx context.Context, o *observed) (err error) {
				defer func() { err = fmt.Errorf("%v", recover()) }()
				for range cqrs.Stream(ctx, o, exportOrders) {
					panic(secret)
				}
				return nil
			},
			fails: true,
			want: `
stream ExportOrders: panic *cqrs.PanicError
`,
		},
		{
			name: "a stream in a request, with what the consumer does under the request",
			script: script{"PlaceOrder": func(ctx context.Context, h *self) error {
				for _, err := range cqrs.Stream(ctx, h.Sender, exportOrders) {
					if err != nil {
						return err
					}
					if err := sends()(ctx, h); err != nil {
						return err
					}
				}
				return nil
			}, "ExportOrders": record(mailSent)},
			want: `
command PlaceOrder: ok
  stream ExportOrders: ok
    event MailSent to *MailLog: ok
  command ReserveStock: ok
  command ReserveStock: ok
  event MailSent to *Archive: ok <- stream ExportOrders
`,
		},
		{
			name: "events that are published, each handler on its own",
			do:   func(ctx context.Context, o *observed) error { return o.Publish(ctx, mailSent, stockReserved) },
			want: `
event MailSent to *MailLog: ok
event StockReserved to *Shelf: ok
event MailSent to *Archive: ok
`,
		},
		{
			name: "events that are published in a span",
			do: func(ctx context.Context, o *observed) error {
				ctx, span := o.tracer.Tracer("test").Start(ctx, "tick")
				defer span.End()
				return o.Publish(ctx, mailSent, stockReserved)
			},
			script: script{"Shelf": record(mailSent)},
			want: `
tick
  event MailSent to *MailLog: ok
  event StockReserved to *Shelf: ok
    event MailSent to *MailLog: ok
  event MailSent to *Archive: ok <- tick
  event MailSent to *Archive: ok <- event StockReserved to *Shelf
`,
		},
	}
}
