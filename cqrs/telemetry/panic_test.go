package telemetry_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

// Parts that a program gives to OpenTelemetry, and that panic.
type (
	startsBadly    struct{ sdktrace.SpanProcessor }
	endsBadly      struct{ sdktrace.SpanProcessor }
	samplesBadly   struct{ sdktrace.Sampler }
	exportsBadly   struct{ sdktrace.SpanExporter }
	brokenTracers  struct{ tracenoop.TracerProvider }
	brokenTracer   struct{ tracenoop.Tracer }
	brokenSpans    struct{ tracenoop.TracerProvider }
	brokenSpanner  struct{ tracenoop.Tracer }
	brokenSpan     struct{ tracenoop.Span }
	brokenCounters struct{ metricnoop.MeterProvider }
	brokenMeter    struct{ metricnoop.Meter }
	brokenTimes    struct{ metricnoop.Float64Histogram }
	brokenCounts   struct{ metricnoop.Int64UpDownCounter }
)

func (startsBadly) OnStart(context.Context, sdktrace.ReadWriteSpan) { panic("OnStart") }
func (startsBadly) Shutdown(context.Context) error                  { return nil }
func (endsBadly) OnStart(context.Context, sdktrace.ReadWriteSpan)   {}
func (endsBadly) OnEnd(sdktrace.ReadOnlySpan)                       { panic("OnEnd") }
func (endsBadly) Shutdown(context.Context) error                    { return nil }

func (samplesBadly) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	panic("ShouldSample")
}
func (exportsBadly) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	panic("ExportSpans")
}
func (brokenTracers) Tracer(string, ...trace.TracerOption) trace.Tracer { return brokenTracer{} }
func (brokenTracer) Start(context.Context, string, ...trace.SpanStartOption) (context.Context, trace.Span) {
	panic("Start")
}
func (brokenSpans) Tracer(string, ...trace.TracerOption) trace.Tracer { return brokenSpanner{} }
func (brokenSpanner) Start(ctx context.Context, _ string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	return ctx, brokenSpan{}
}
func (brokenSpan) IsRecording() bool                                    { return true }
func (brokenSpan) SetAttributes(...attribute.KeyValue)                  { panic("SetAttributes") }
func (brokenSpan) End(...trace.SpanEndOption)                           { panic("End") }
func (brokenCounters) Meter(string, ...metric.MeterOption) metric.Meter { return brokenMeter{} }
func (brokenMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return brokenTimes{}, nil
}
func (brokenMeter) Int64UpDownCounter(string, ...metric.Int64UpDownCounterOption) (metric.Int64UpDownCounter, error) {
	return brokenCounts{}, nil
}
func (brokenTimes) Enabled(context.Context) bool                            { return true }
func (brokenTimes) Record(context.Context, float64, ...metric.RecordOption) { panic("Record") }
func (brokenCounts) Enabled(context.Context) bool                           { panic("Enabled") }

func tracing(opts ...sdktrace.TracerProviderOption) telemetry.Option {
	return telemetry.WithTracerProvider(sdktrace.NewTracerProvider(opts...))
}

// TestPanics has everything that a program can give to OpenTelemetry panic: the outcome of a
// message must be the same as without telemetry.
func TestPanics(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]telemetry.Option{
		"a span processor at the start": tracing(sdktrace.WithSpanProcessor(startsBadly{})),
		"a span processor at the end":   tracing(sdktrace.WithSpanProcessor(endsBadly{})),
		"a sampler":                     tracing(sdktrace.WithSampler(samplesBadly{})),
		"an exporter":                   tracing(sdktrace.WithSyncer(exportsBadly{})),
		"a tracer":                      telemetry.WithTracerProvider(brokenTracers{}),
		"a span":                        telemetry.WithTracerProvider(brokenSpans{}),
		"an instrument":                 telemetry.WithMeterProvider(brokenCounters{}),
	} {
		t.Run(name+" that panics leaves requests, streams and events as they are", func(t *testing.T) {
			t.Parallel()
			var calls []string
			note := func(name string, then func(context.Context, *self) error) func(context.Context, *self) error {
				return func(ctx context.Context, h *self) error {
					calls = append(calls, name)
					return then(ctx, h)
				}
			}
			o := shopOf(t, script{
				"PlaceOrder":   note("PlaceOrder", record(stockReserved, mailSent)),
				"Shelf":        note("Shelf", record()),
				"Archive":      note("Archive", fail),
				"CountOrders":  note("CountOrders", fail),
				"ReserveStock": note("ReserveStock", panics),
				"ExportOrders": note("ExportOrders", record()),
			}, commands, events, []telemetry.Option{broken})

			err := o.Send(t.Context(), placeOrder)
			assert.True(t, cqrs.Done(err))
			require.Len(t, cqrs.EventErrors(err), 1)

			_, err = cqrs.Send(t.Context(), o, countOrders)
			assert.IsType(t, new(DeclinedError), err)

			_, err = cqrs.Send(t.Context(), o, reserveStock)
			var p *cqrs.PanicError
			require.ErrorAs(t, err, &p)
			assert.Equal(t, "declined: "+secret, p.Value)

			items := 0
			for _, err := range cqrs.Stream(t.Context(), o, exportOrders) {
				require.NoError(t, err)
				items++
			}
			assert.Equal(t, 2, items)
			assert.Equal(t, []string{"PlaceOrder", "Shelf", "Archive", "CountOrders", "ReserveStock", "ExportOrders"}, calls)

			assert.PanicsWithValue(t, "mine", func() {
				for range cqrs.Stream(t.Context(), o, exportOrders) {
					panic("mine")
				}
			})
		})
	}

	t.Run("a context whose values panic still reaches the handler", func(t *testing.T) {
		t.Parallel()
		o := shop(t, nil)
		require.NoError(t, o.Send(&valueless{t.Context()}, placeOrder))
		assert.Contains(t, metricsOf(t, o), "cqrs.message.type=PlaceOrder,cqrs.outcome=ok} 1\n")
	})

	t.Run("a function of WithAttributes that panics is found at start-up", func(t *testing.T) {
		t.Parallel()
		boom := telemetry.WithAttributes(func(b *cqrs.Binding) []attribute.KeyValue { panic("no " + b.Kind().String()) })
		_, err := bootstrap.New(handlers(t, nil), func(m *cqrs.RequestMap) { cqrs.BindCommand[*PlaceOrderHandler](m) }, nil,
			bootstrap.WithMiddleware(telemetry.New(boom)))
		require.ErrorIs(t, err, telemetry.ErrOption)
		assert.ErrorContains(t, err, "panicked for the command telemetry_test.PlaceOrder: no command")
	})
}

// valueless is a context whose method Value panics.
type valueless struct{ context.Context }

func (*valueless) Value(any) any { panic("Value") }

func exits(context.Context, *self) error {
	runtime.Goexit()
	return nil
}

// TestPanics_goexit has a handler end its goroutine while an observer panics.
func TestPanics_goexit(t *testing.T) {
	t.Parallel()
	o := shopOf(t, script{"PlaceOrder": exits}, commands, events,
		[]telemetry.Option{tracing(sdktrace.WithSpanProcessor(endsBadly{}))})
	returned, done := false, make(chan struct{})
	go func() {
		defer close(done)
		_ = o.Send(context.Background(), placeOrder)
		returned = true
	}()
	<-done
	assert.False(t, returned)
}
