package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

// It sets the global providers, so no test that uses them may run in parallel.
func TestNew_usesTheGlobalProviders(t *testing.T) {
	if _, set := otel.GetTracerProvider().(tracenoop.TracerProvider); set {
		t.Skip("a process hands over to global providers once, which an earlier run of this test has used up")
	}
	o := &observed{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	o.start(t, handlers(t, nil), commands, events, bootstrap.WithMiddleware(telemetry.New()))
	require.NoError(t, o.Send(t.Context(), placeOrder))
	assert.Empty(t, o.spans.Started())

	// The program sets them only now.
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(o.spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(o.reader)))
	defer otel.SetTracerProvider(tracenoop.NewTracerProvider())
	defer otel.SetMeterProvider(metricnoop.NewMeterProvider())
	require.NoError(t, o.Send(t.Context(), placeOrder))
	assert.Equal(t, "command PlaceOrder: ok\n", treesOf(t, o))
	assert.Contains(t, metricsOf(t, o), "cqrs.message.type=PlaceOrder,cqrs.outcome=ok} 1\n")
}

func TestProviders(t *testing.T) {
	t.Parallel()

	t.Run("can be for spans only, and for measurements only", func(t *testing.T) {
		t.Parallel()
		spans := shopOf(t, nil, commands, events,
			[]telemetry.Option{telemetry.WithMeterProvider(metricnoop.NewMeterProvider())})
		require.NoError(t, spans.Send(t.Context(), placeOrder))
		assert.Equal(t, "command PlaceOrder: ok\n", treesOf(t, spans))
		metrics := shopOf(t, nil, commands, events,
			[]telemetry.Option{telemetry.WithTracerProvider(tracenoop.NewTracerProvider())})
		require.NoError(t, metrics.Send(t.Context(), placeOrder))
		assert.Empty(t, metrics.spans.Started())
		assert.Contains(t, metricsOf(t, metrics), "cqrs.message.type=PlaceOrder,cqrs.outcome=ok} 1\n")
	})

	t.Run("without spans leave the span of the caller to handlers", func(t *testing.T) {
		t.Parallel()
		var got trace.SpanContext
		o := shopOf(t, script{"PlaceOrder": record(stockReserved), "Shelf": func(ctx context.Context, _ *self) error {
			got = trace.SpanContextFromContext(ctx)
			return nil
		}}, commands, events, []telemetry.Option{telemetry.WithTracerProvider(tracenoop.NewTracerProvider())})
		caller := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2},
			Remote: true})
		require.NoError(t, o.Send(trace.ContextWithRemoteSpanContext(t.Context(), caller), placeOrder))
		assert.True(t, caller.Equal(got))
	})

	t.Run("may sample: messages without a span are still measured", func(t *testing.T) {
		t.Parallel()
		tracer := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
		o := shopOf(t, script{"PlaceOrder": sends(orderPlaced)}, commands, events,
			[]telemetry.Option{telemetry.WithTracerProvider(tracer)})
		require.NoError(t, o.Send(t.Context(), placeOrder))
		assert.Empty(t, o.spans.Started())
		assert.Contains(t, metricsOf(t, o), "cqrs.message.type=ReserveStock,cqrs.outcome=ok} 1\n")
	})

	t.Run("continue the trace that a request came with", func(t *testing.T) {
		t.Parallel()
		o := shop(t, script{"PlaceOrder": record(mailSent)})
		caller := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2},
			TraceFlags: trace.FlagsSampled, Remote: true})
		require.NoError(t, o.Send(trace.ContextWithRemoteSpanContext(t.Context(), caller), placeOrder))
		for _, s := range o.spans.Ended() {
			assert.Equal(t, caller.TraceID(), s.SpanContext().TraceID())
		}
		request := o.spans.Started()[0]
		assert.True(t, caller.Equal(request.Parent()))
		assert.True(t, request.Parent().IsRemote())
	})

	t.Run("wrap one binding if they are put there", func(t *testing.T) {
		t.Parallel()
		o, middleware := observe(t)
		o.start(t, handlers(t, script{"PlaceOrder": sends()}), func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*PlaceOrderHandler](m)
			cqrs.BindRequest[*ReserveStockHandler](m, cqrs.WithMiddleware(middleware))
		}, nil)
		require.NoError(t, o.Send(t.Context(), placeOrder))
		assert.Equal(t, "command ReserveStock: ok\n", treesOf(t, o))
	})
}
