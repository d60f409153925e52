package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// A scenario is something that an application does, and the spans that this
// makes.
type scenario struct {
	name   string
	script script
	do     func(ctx context.Context, o *observed) error // nil to place an order
	fails  bool
	want   string
}

func drain(o *observed, ctx context.Context) error {
	for _, err := range cqrs.Stream(ctx, o, exportOrders) {
		if err != nil {
			return err
		}
	}
	return nil
}

func scenarios() []scenario {
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
command PlaceOrder: error context.Canceled
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

type appKey struct{}

// inSpan does something in a span of the application.
func inSpan(name string, do func(context.Context, *self) error) func(context.Context, *self) error {
	return func(ctx context.Context, h *self) error {
		ctx, span := ctx.Value(appKey{}).(*observed).tracer.Tracer("test").Start(ctx, name)
		defer span.End()
		return do(ctx, h)
	}
}

// run has the application do what the scenario says.
func (s scenario) run(t *testing.T) *observed {
	t.Helper()
	o := shop(t, s.script)
	do := s.do
	if do == nil {
		do = func(ctx context.Context, o *observed) error { return o.Send(ctx, placeOrder) }
	}
	err := do(context.WithValue(t.Context(), appKey{}, o), o)
	require.Equal(t, s.fails, err != nil, "%v", err)
	return o
}

func TestSpans(t *testing.T) {
	t.Parallel()

	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, strings.TrimPrefix(s.want, "\n"), treesOf(t, s.run(t)))
		})
	}
}
