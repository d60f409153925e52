package telemetry_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

var errTaken = errors.New("the name is taken")

// refusingMeter creates no instruments.
type (
	refusingMeters struct {
		noop.MeterProvider
		err error
	}
	refusingMeter struct {
		noop.Meter
		err error
	}
)

func (m refusingMeters) Meter(string, ...metric.MeterOption) metric.Meter {
	return refusingMeter{err: m.err}
}

func (m refusingMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, m.err
}

func (m refusingMeter) Int64UpDownCounter(string, ...metric.Int64UpDownCounterOption) (metric.Int64UpDownCounter,
	error) {
	return nil, m.err
}

// brokenMeters is a meter provider that panics.
type brokenMeters struct{ noop.MeterProvider }

func (brokenMeters) Meter(string, ...metric.MeterOption) metric.Meter { panic("no meters") }

// misuse is the names of golden files, one for each error
// that bootstrap.New reports.
type misuse struct {
	names  []string
	reason error
	opts   []telemetry.Option
}

func misuses() []misuse {
	return []misuse{
		{[]string{"nil_option"}, telemetry.ErrOption, []telemetry.Option{nil}},
		{[]string{"nil_tracer_provider"}, telemetry.ErrOption, []telemetry.Option{telemetry.WithTracerProvider(nil)}},
		{[]string{"nil_meter_provider"}, telemetry.ErrOption, []telemetry.Option{telemetry.WithMeterProvider(nil)}},
		{[]string{"nil_attributes"}, telemetry.ErrOption, []telemetry.Option{telemetry.WithAttributes(nil)}},
		{[]string{"broken_tracer_provider"}, telemetry.ErrOption, []telemetry.Option{
			telemetry.WithTracerProvider((*sdktrace.TracerProvider)(nil))}},
		{[]string{"broken_meter_provider"}, telemetry.ErrOption, []telemetry.Option{
			telemetry.WithMeterProvider(brokenMeters{})}},
		{[]string{"refused_duration", "refused_active"}, telemetry.ErrInstrument,
			[]telemetry.Option{telemetry.WithMeterProvider(refusingMeters{err: errTaken})}},
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()

	var names []string
	for _, m := range misuses() {
		names = append(names, m.names...)
		t.Run(m.names[0], func(t *testing.T) {
			t.Parallel()
			_, err := bootstrap.New(handlers(t, nil), commands, events, bootstrap.WithMiddleware(telemetry.New(m.opts...)))
			var all *bootstrap.Error
			require.ErrorAs(t, err, &all)
			require.Len(t, all.Problems, len(m.names))
			for i, problem := range all.Problems {
				var one *telemetry.Error
				require.ErrorAs(t, problem, &one)
				assert.Equal(t, m.reason, one.Reason)
				require.ErrorIs(t, err, m.reason)
				if m.reason == telemetry.ErrInstrument {
					require.ErrorIs(t, err, errTaken)
				}
				testkit.AssertErrorText(t, m.names[i], problem)
				assert.True(t, strings.HasPrefix(problem.Error(), "telemetry: "), "%v", problem)
			}
		})
	}

	t.Run("are bounded, however long the error of the meter provider is", func(t *testing.T) {
		t.Parallel()
		huge := testkit.LongError()
		refusing := telemetry.New(telemetry.WithMeterProvider(refusingMeters{err: huge}))
		_, err := bootstrap.New(handlers(t, nil), commands, events, bootstrap.WithMiddleware(refusing))
		require.ErrorIs(t, err, huge)
		assert.ErrorContains(t, err, "xxend; ")
		assert.Less(t, len(err.Error()), 10_000)
	})

	t.Run("have no unused golden files", func(t *testing.T) {
		t.Parallel()
		testkit.AssertErrorFiles(t, append(names, "nil_store"))
	})
}

func TestOption_String(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "WithTracerProvider", telemetry.WithTracerProvider(nil).String())
	assert.Equal(t, "WithMeterProvider", telemetry.WithMeterProvider(nil).String())
	assert.Equal(t, "WithAttributes", telemetry.WithAttributes(nil).String())
}
