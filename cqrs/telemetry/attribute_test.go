package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

const here = "github.com/digcqrs/digcqrs/cqrs/telemetry_test."

// Team is attached to bindings.
type Team string

// ofTeam returns attributes of a binding, one of which it may not set.
func ofTeam(b *cqrs.Binding) []attribute.KeyValue {
	team, ok := cqrs.Attached[Team](b)
	if !ok {
		return nil
	}
	return []attribute.KeyValue{attribute.String("team", string(team)), attribute.String("cqrs.outcome", "made up")}
}

// spanAttributes returns the attributes of the only span.
func spanAttributes(t *testing.T, o *observed) map[attribute.Key]attribute.Value {
	t.Helper()
	spans := o.spans.Ended()
	require.Len(t, spans, 1)
	return attributesOf(spans[0])
}

func attributesOf(s sdktrace.ReadOnlySpan) map[attribute.Key]attribute.Value {
	all := make(map[attribute.Key]attribute.Value)
	for _, a := range s.Attributes() {
		all[a.Key] = a.Value
	}
	return all
}

func TestSpan_attributes(t *testing.T) {
	t.Parallel()

	t.Run("of a request", func(t *testing.T) {
		t.Parallel()
		o := shop(t, script{"PlaceOrder": fail})
		require.Error(t, o.Send(t.Context(), placeOrder))
		assert.Equal(t, map[attribute.Key]attribute.Value{
			"cqrs.message.kind":  attribute.StringValue("command"),
			"cqrs.message.type":  attribute.StringValue(here + "PlaceOrder"),
			"code.function.name": attribute.StringValue(here + "(*PlaceOrderHandler).Handle"),
			"cqrs.outcome":       attribute.StringValue("error"),
			"error.type":         attribute.StringValue("*telemetry_test.DeclinedError"),
		}, spanAttributes(t, o))
		span := o.spans.Ended()[0]
		assert.Equal(t, trace.SpanKindInternal, span.SpanKind())
		assert.Equal(t, "github.com/digcqrs/digcqrs/cqrs/telemetry", span.InstrumentationScope().Name)
	})

	t.Run("of an event", func(t *testing.T) {
		t.Parallel()
		o := shop(t, nil)
		require.NoError(t, o.PublishTo(t.Context(), "mailer", orderPlaced))
		assert.Equal(t, map[attribute.Key]attribute.Value{
			"cqrs.message.kind":  attribute.StringValue("event"),
			"cqrs.message.type":  attribute.StringValue(here + "OrderPlaced"),
			"cqrs.subscription":  attribute.StringValue("mailer"),
			"code.function.name": attribute.StringValue(here + "(*Mailer).Handle"),
			"cqrs.outcome":       attribute.StringValue("ok"),
		}, spanAttributes(t, o))
	})

	t.Run("of an event whose handler accepts an interface are those of the event", func(t *testing.T) {
		t.Parallel()
		o := shopOf(t, nil, nil, func(m *cqrs.EventMap) { cqrs.BindEvent[*Auditor](m) }, nil)
		require.NoError(t, o.Publish(t.Context(), mailSent, stockReserved, mailSent))
		assert.Equal(t, `event MailSent to *Auditor: ok
event StockReserved to *Auditor: ok
event MailSent to *Auditor: ok
`, treesOf(t, o))
		spans := o.spans.Ended()
		assert.Equal(t, map[attribute.Key]attribute.Value{
			"cqrs.message.kind":  attribute.StringValue("event"),
			"cqrs.message.type":  attribute.StringValue(here + "MailSent"),
			"cqrs.subscription":  attribute.StringValue("*" + here + "Auditor"),
			"code.function.name": attribute.StringValue(here + "(*Auditor).Handle"),
			"cqrs.outcome":       attribute.StringValue("ok"),
		}, attributesOf(spans[0]))
		assert.Equal(t, attribute.StringValue(here+"StockReserved"), attributesOf(spans[1])["cqrs.message.type"])
		assert.Equal(t, attributesOf(spans[0]), attributesOf(spans[2]))
	})

	t.Run("name the first of several handlers", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(NewFirst, NewSecond))
		o, middleware := observe(t)
		o.start(t, c, func(m *cqrs.RequestMap) {
			cqrs.BindTarget(m, cqrs.Chain(cqrs.RequestTarget[*First](), cqrs.RequestTarget[Second]()))
		}, nil, bootstrap.WithMiddleware(middleware))
		answer, err := cqrs.Send(t.Context(), o, Ask{})
		require.NoError(t, err)
		assert.Equal(t, 2, answer)
		assert.Equal(t, attribute.StringValue(here+"(*First).Handle"), spanAttributes(t, o)["code.function.name"])
		assert.Equal(t, "query Ask: ok\n", treesOf(t, o))
	})

	t.Run("name a handler that is not a pointer", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.Provide(NewSecond))
		o, middleware := observe(t)
		o.start(t, c, func(m *cqrs.RequestMap) { cqrs.BindRequest[Second](m) }, nil, bootstrap.WithMiddleware(middleware))
		_, err := cqrs.Send(t.Context(), o, Ask{})
		require.NoError(t, err)
		assert.Equal(t, attribute.StringValue(here+"Second.Handle"), spanAttributes(t, o)["code.function.name"])
	})

	t.Run("include those of WithAttributes, except those that it may not set", func(t *testing.T) {
		t.Parallel()
		calls := 0
		o := shopOf(t, nil, func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*PlaceOrderHandler](m, cqrs.Attach(Team("checkout")))
		}, nil, []telemetry.Option{
			telemetry.WithAttributes(ofTeam),
			telemetry.WithAttributes(func(*cqrs.Binding) []attribute.KeyValue {
				calls++
				return []attribute.KeyValue{attribute.Int("tier", 1)}
			}),
		})
		require.NoError(t, o.Send(t.Context(), placeOrder))
		require.NoError(t, o.Send(t.Context(), placeOrder))
		assert.Equal(t, 1, calls, "once for the binding")
		want := map[attribute.Key]attribute.Value{
			"team":               attribute.StringValue("checkout"),
			"tier":               attribute.IntValue(1),
			"cqrs.message.kind":  attribute.StringValue("command"),
			"cqrs.message.type":  attribute.StringValue(here + "PlaceOrder"),
			"code.function.name": attribute.StringValue(here + "(*PlaceOrderHandler).Handle"),
			"cqrs.outcome":       attribute.StringValue("ok"),
		}
		for _, s := range o.spans.Ended() {
			assert.Equal(t, want, attributesOf(s))
		}
		assert.Contains(t, metricsOf(t, o), "cqrs.outcome=ok,team=checkout,tier=1")
		assert.NotContains(t, metricsOf(t, o), "made up")
	})
}

// A chain whose first handler passes every query on to the second.
type (
	Ask    struct{ cqrs.Query[int] }
	First  struct{}
	Second struct{}
)

func NewFirst() *First  { return &First{} }
func NewSecond() Second { return Second{} }

func (*First) Handle(context.Context, Ask) (int, error) { return 0, cqrs.ErrNotHandled }
func (Second) Handle(context.Context, Ask) (int, error) { return 2, nil }
