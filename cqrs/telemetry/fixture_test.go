package telemetry_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

// secret is in all messages, errors and panics of the tests, and must not be in anything
// that is exported.
const secret = "4111-1111-1111-1111"

// The application of the tests: a shop, in which the script of a test determines what the
// handlers do.
type (
	PlaceOrder struct {
		cqrs.Command
		Card string
	}
	ReserveStock struct {
		cqrs.CommandOf[string]
		Card string
	}
	CountOrders struct {
		cqrs.Query[string]
		Card string
	}
	ExportOrders struct {
		cqrs.StreamOf[string]
		Card string
	}
	OrderPlaced struct {
		cqrs.DomainEvent
		Card string
	}
	StockReserved struct {
		cqrs.DomainEvent
		Card string
	}
	MailSent struct {
		cqrs.DomainEvent
		Card string
	}

	PlaceOrderHandler   struct{ self }
	ReserveStockHandler struct{ self }
	CountOrdersHandler  struct{ self }
	ExportOrdersHandler struct{ self }
	OrderList           struct{ self } // of OrderPlaced
	Ledger              struct{ self } // of OrderPlaced
	Mailer              struct{ self } // of OrderPlaced, after the scope
	Courier             struct{ self } // of OrderPlaced, after the scope
	Shelf               struct{ self } // of StockReserved
	MailLog             struct{ self } // of MailSent
	Archive             struct{ self } // of MailSent, after the scope
	Auditor             struct{ self } // of all events that are marked
)

// Marked is an interface that some events implement.
type Marked interface {
	cqrs.Event
	mark()
}

func (StockReserved) mark() {}
func (MailSent) mark()      {}

var (
	placeOrder    = PlaceOrder{Card: secret}
	reserveStock  = ReserveStock{Card: secret}
	countOrders   = CountOrders{Card: secret}
	exportOrders  = ExportOrders{Card: secret}
	orderPlaced   = OrderPlaced{Card: secret}
	stockReserved = StockReserved{Card: secret}
	mailSent      = MailSent{Card: secret}
)

// self is what each handler has.
type self struct {
	cqrs.EventRecorder
	cqrs.Sender
	script script
}

// script maps the names of handlers to what they do. A handler that is not in it does
// nothing.
type script map[string]func(ctx context.Context, h *self) error

func (h *self) do(ctx context.Context, name string) error {
	if f := h.script[name]; f != nil {
		return f(ctx, h)
	}
	return nil
}

func (h *PlaceOrderHandler) Handle(ctx context.Context, _ PlaceOrder) error {
	return h.do(ctx, "PlaceOrder")
}

func (h *ReserveStockHandler) Handle(ctx context.Context, c ReserveStock) (string, error) {
	return c.Card, h.do(ctx, "ReserveStock")
}

func (h *CountOrdersHandler) Handle(ctx context.Context, q CountOrders) (string, error) {
	return q.Card, h.do(ctx, "CountOrders")
}

// Handle yields two items, with what the script does before the second.
func (h *ExportOrdersHandler) Handle(ctx context.Context, s ExportOrders) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if !yield(s.Card, nil) {
			return
		}
		yield(s.Card, h.do(ctx, "ExportOrders"))
	}
}

func (h *OrderList) Handle(ctx context.Context, _ OrderPlaced) error { return h.do(ctx, "OrderList") }
func (h *Ledger) Handle(ctx context.Context, _ OrderPlaced) error    { return h.do(ctx, "Ledger") }
func (h *Mailer) Handle(ctx context.Context, _ OrderPlaced) error    { return h.do(ctx, "Mailer") }
func (h *Courier) Handle(ctx context.Context, _ OrderPlaced) error   { return h.do(ctx, "Courier") }
func (h *Shelf) Handle(ctx context.Context, _ StockReserved) error   { return h.do(ctx, "Shelf") }
func (h *MailLog) Handle(ctx context.Context, _ MailSent) error      { return h.do(ctx, "MailLog") }
func (h *Archive) Handle(ctx context.Context, _ MailSent) error      { return h.do(ctx, "Archive") }
func (h *Auditor) Handle(ctx context.Context, _ Marked) error        { return h.do(ctx, "Auditor") }

func commands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*PlaceOrderHandler](m)
	cqrs.BindRequest[*ReserveStockHandler](m)
	cqrs.BindRequest[*CountOrdersHandler](m)
	cqrs.BindStream[*ExportOrdersHandler](m)
}

func events(m *cqrs.EventMap) {
	cqrs.BindEvent[*OrderList](m, cqrs.SubscriptionName("orders"))
	cqrs.BindEvent[*Ledger](m)
	cqrs.BindEvent[*Mailer](m, cqrs.AfterScope(), cqrs.SubscriptionName("mailer"))
	cqrs.BindEvent[*Courier](m, cqrs.AfterScope())
	cqrs.BindEvent[*Shelf](m)
	cqrs.BindEvent[*MailLog](m)
	cqrs.BindEvent[*Archive](m, cqrs.AfterScope())
}

// observed is an application and the telemetry that it produces.
type observed struct {
	*cqrs.Mediator
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
	tracer *sdktrace.TracerProvider
}

// shop starts the application of a test.
func shop(t testing.TB, s script, opts ...bootstrap.Option) *observed {
	t.Helper()
	return shopOf(t, s, commands, events, nil, opts...)
}

// shopOf is shop with other bindings and options of telemetry.New.
func shopOf(t testing.TB, s script, commands func(*cqrs.RequestMap), events func(*cqrs.EventMap),
	own []telemetry.Option, opts ...bootstrap.Option) *observed {
	t.Helper()
	o, middleware := observe(t, own...)
	return o.start(t, handlers(t, s), commands, events,
		append([]bootstrap.Option{bootstrap.WithMiddleware(middleware)}, opts...)...)
}

// observe returns a middleware and the telemetry that it produces.
func observe(t testing.TB, opts ...telemetry.Option) (*observed, cqrs.Middleware) {
	o := &observed{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	o.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(o.spans))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(o.reader))
	t.Cleanup(func() {
		_ = o.tracer.Shutdown(context.Background())
		_ = meters.Shutdown(context.Background())
	})
	return o,
		telemetry.New(append([]telemetry.Option{telemetry.WithTracerProvider(o.tracer), telemetry.WithMeterProvider(meters)},
			opts...)...)
}

// start creates the mediator.
func (o *observed) start(t testing.TB, c *container.Container, commands func(*cqrs.RequestMap),
	events func(*cqrs.EventMap), opts ...bootstrap.Option) *observed {
	t.Helper()
	m, err := bootstrap.New(c, commands, events, opts...)
	require.NoError(t, err)
	o.Mediator = m
	return o
}

func handlers(t testing.TB, s script) *container.Container {
	t.Helper()
	c := container.New()
	h := func(sender cqrs.Sender) self { return self{Sender: sender, script: s} }
	require.NoError(t, c.ProvideAll(
		func(s cqrs.Sender) *PlaceOrderHandler { return &PlaceOrderHandler{h(s)} },
		func(s cqrs.Sender) *ReserveStockHandler { return &ReserveStockHandler{h(s)} },
		func(s cqrs.Sender) *CountOrdersHandler { return &CountOrdersHandler{h(s)} },
		func(s cqrs.Sender) *ExportOrdersHandler { return &ExportOrdersHandler{h(s)} },
		func(s cqrs.Sender) *OrderList { return &OrderList{h(s)} },
		func(s cqrs.Sender) *Ledger { return &Ledger{h(s)} },
		func(s cqrs.Sender) *Mailer { return &Mailer{h(s)} },
		func(s cqrs.Sender) *Courier { return &Courier{h(s)} },
		func(s cqrs.Sender) *Shelf { return &Shelf{h(s)} },
		func(s cqrs.Sender) *MailLog { return &MailLog{h(s)} },
		func(s cqrs.Sender) *Archive { return &Archive{h(s)} },
		func(s cqrs.Sender) *Auditor { return &Auditor{h(s)} },
	))
	return c
}

// The steps of handlers.

func record(events ...cqrs.Event) func(context.Context, *self) error {
	return func(_ context.Context, h *self) error { h.Record(events...); return nil }
}

func fail(context.Context, *self) error { return &DeclinedError{} }

func failPlainly(context.Context, *self) error { return errors.New("declined: " + secret) }

func panics(context.Context, *self) error { panic("declined: " + secret) }

// sends reserves stock, after it has recorded events.
func sends(events ...cqrs.Event) func(context.Context, *self) error {
	return func(ctx context.Context, h *self) error {
		h.Record(events...)
		_, err := cqrs.Send(ctx, h.Sender, reserveStock)
		return err
	}
}

// DeclinedError is an application error.
type DeclinedError struct{}

func (*DeclinedError) Error() string { return "declined: " + secret }
