package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

// The application of the benchmarks: two commands, one of which records an event.
type (
	benchCommand  struct{ cqrs.Command }
	benchEventful struct{ cqrs.Command }
	benchHappened struct{ cqrs.DomainEvent }

	benchHandler         struct{ store *benchStore }
	benchEventfulHandler struct {
		cqrs.EventRecorder
		store *benchStore
	}
	benchEventHandler struct{ store *benchStore }
	benchStore        struct{ puts int }
)

func newBenchStore() *benchStore                  { return &benchStore{} }
func newBenchHandler(s *benchStore) *benchHandler { return &benchHandler{s} }
func newBenchEventfulHandler(s *benchStore) *benchEventfulHandler {
	return &benchEventfulHandler{store: s}
}
func newBenchEventHandler(s *benchStore) *benchEventHandler              { return &benchEventHandler{s} }
func (h *benchHandler) Handle(context.Context, benchCommand) error       { h.store.puts++; return nil }
func (h *benchEventHandler) Handle(context.Context, benchHappened) error { h.store.puts++; return nil }
func (h *benchEventfulHandler) Handle(context.Context, benchEventful) error {
	h.Record(benchHappened{})
	return nil
}

// benchRow is a way to install the middleware, or not to install it.
type benchRow struct {
	name       string
	middleware []cqrs.Middleware
	exporter   *tracetest.InMemoryExporter // nil if spans are not kept
}

func benchRows() []benchRow {
	noSpans := telemetry.WithTracerProvider(tracenoop.NewTracerProvider())
	noMetrics := telemetry.WithMeterProvider(metricnoop.NewMeterProvider())
	neverSample := telemetry.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())))
	metrics := telemetry.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())))
	exporter := tracetest.NewInMemoryExporter()
	inMemory := telemetry.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)))
	with := func(opts ...telemetry.Option) []cqrs.Middleware { return []cqrs.Middleware{telemetry.New(opts...)} }
	return []benchRow{
		{"none", nil, nil},
		{"another middleware", []cqrs.Middleware{cqrs.AroundScope(cqrs.MiddlewareFunc(pass))}, nil},
		{"without an SDK", with(), nil},
		{"no-op providers", with(noSpans, noMetrics), nil},
		{"never sampled", with(neverSample, noMetrics), nil},
		{"metrics", with(noSpans, metrics), nil},
		{"never sampled, metrics", with(neverSample, metrics), nil},
		{"spans", with(inMemory, noMetrics), exporter},
		{"spans, metrics", with(inMemory, metrics), exporter},
	}
}

func pass(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

func (r benchRow) start(tb testing.TB) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchStore, newBenchHandler, newBenchEventfulHandler, newBenchEventHandler))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*benchHandler](m)
		cqrs.BindCommand[*benchEventfulHandler](m)
	}, func(m *cqrs.EventMap) { cqrs.BindEvent[*benchEventHandler](m) }, bootstrap.WithMiddleware(r.middleware...))
	require.NoError(tb, err)
	return m
}

// BenchmarkSend has a row for each of the table in the package documentation.
// Compare within one run.
func BenchmarkSend(b *testing.B) {
	for _, row := range benchRows() {
		m := row.start(b)
		b.Run(row.name, func(b *testing.B) { benchSend(b, row, m, benchCommand{}) })
		b.Run(row.name+", with event", func(b *testing.B) { benchSend(b, row, m, benchEventful{}) })
	}
}

func benchSend[C cqrs.Request[cqrs.Unit]](b *testing.B, row benchRow, m *cqrs.Mediator, command C) {
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := cqrs.Send(ctx, m, command); err != nil {
			b.Fatal(err)
		}
		if row.exporter != nil && i%1000 == 999 {
			row.exporter.Reset()
		}
	}
}

// Telemetry that is switched off must stay cheap: it costs what any other middleware does,
// plus the span and the context that the API creates.
func TestAllocations(t *testing.T) {
	ctx := context.Background()
	allocations := make(map[string]float64)
	for _, row := range benchRows() {
		m := row.start(t)
		allocations[row.name] = testing.AllocsPerRun(100, func() { _, _ = cqrs.Send(ctx, m, benchCommand{}) })
	}
	own := func(row string) float64 { return allocations[row] - allocations["another middleware"] }
	assert.LessOrEqual(t, own("no-op providers"), 1.0)
	assert.LessOrEqual(t, own("without an SDK"), 3.0)
	assert.LessOrEqual(t, own("metrics"), own("no-op providers"), "a measurement costs none")
}
