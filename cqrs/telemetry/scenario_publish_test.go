package telemetry_test

import (
	"context"
	"errors"

	"github.com/digcqrs/digcqrs/cqrs"
)

// publishScenarios cover published events, and sends that share a scope.
func publishScenarios() []scenario {
	return []scenario{
		{
			name:   "an event that is published to one handler in the scope",
			script: script{"OrderList": record(mailSent)},
			do:     func(ctx context.Context, o *observed) error { return o.PublishTo(ctx, "orders", orderPlaced) },
			want: `
event OrderPlaced to *OrderList: ok
  event MailSent to *MailLog: ok
event MailSent to *Archive: ok <- event OrderPlaced to *OrderList
`,
		},
		{
			name: "an event that is published to one handler in the scope, in a span",
			do: func(ctx context.Context, o *observed) error {
				ctx, span := o.tracer.Tracer("test").Start(ctx, "retry")
				defer span.End()
				return o.PublishTo(ctx, "orders", orderPlaced)
			},
			want: `
retry
  event OrderPlaced to *OrderList: ok <- retry
`,
		},
		{
			name:   "an event that is published to one handler after the scope, which fails",
			script: script{"Mailer": fail},
			do: func(ctx context.Context, o *observed) error {
				ctx, span := o.tracer.Tracer("test").Start(ctx, "retry")
				defer span.End()
				return o.PublishTo(ctx, "mailer", orderPlaced)
			},
			fails: true,
			want: `
retry
  event OrderPlaced to *Mailer: error *DeclinedError <- retry
`,
		},
		{
			name:   "sends that share a scope",
			script: script{"PlaceOrder": record(stockReserved), "ReserveStock": record(mailSent)},
			do: func(ctx context.Context, o *observed) error {
				return o.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
					ctx, span := o.tracer.Tracer("test").Start(ctx, "import")
					defer span.End()
					_, err := cqrs.Send(ctx, s, reserveStock)
					return errors.Join(err, s.Send(ctx, placeOrder))
				})
			},
			want: `
import
  command ReserveStock: ok
    event MailSent to *MailLog: ok
  command PlaceOrder: ok
    event StockReserved to *Shelf: ok
event MailSent to *Archive: ok <- command ReserveStock
`,
		},
	}
}
