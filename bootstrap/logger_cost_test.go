package bootstrap_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// unobserved is the mediator of the benchmarks without a logger, which bootstrap.New
// never creates.
func unobserved(t *testing.T) *cqrs.Mediator {
	t.Helper()
	c := container.New()
	require.NoError(t, c.ProvideAll(newBenchClock, newBenchStore, newBenchHandler, newBenchIdleHandler,
		newBenchEventfulHandler, newBenchEventHandler))
	var requests cqrs.RequestMap
	var events cqrs.EventMap
	benchCommands(&requests)
	benchEvents(&events)
	m, problems := cqrs.New(wiring.Application[*cqrs.RequestMap, *cqrs.EventMap, cqrs.Middleware, cqrs.Observer,
		*cqrs.EventError, cqrs.Codec, cqrs.Propagator]{
		Parts: []wiring.Part[*cqrs.RequestMap, *cqrs.EventMap, cqrs.Middleware]{{Requests: &requests, Events: &events}},
	}, wiring.Settings{
		Compile: func(roots []wiring.Root) (*wiring.Plan, []error) {
			plan, err := c.Compile(roots, wiring.Supplied[cqrs.Sender]())
			require.NoError(t, err)
			return plan, nil
		},
		EventLimit: 1, NestingLimit: 1,
	})
	require.Empty(t, problems)
	return m
}

// benchUnheard is an event without a handler.
type benchUnheard struct{ cqrs.DomainEvent }

func TestLogger_allocates_nothing_if_it_is_off(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("allocations are counted without the race detector")
	}
	ctx := context.Background()
	core := func(l zapcore.Level) *zap.Logger {
		return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard),
			l))
	}
	events := []cqrs.Event{benchUnheard{}}
	command := func(m *cqrs.Mediator) error { return m.Send(ctx, benchCommand{ID: 1000, Amount: 1000}) }
	event := func(m *cqrs.Mediator) error { return m.Send(ctx, benchEventful{ID: 1000, Amount: 1000}) }
	unheard := func(m *cqrs.Mediator) error { return m.Publish(ctx, events...) }
	for _, test := range []struct {
		name string
		log  *zap.Logger
		do   func(*cqrs.Mediator) error
	}{
		{"a command and zap.NewNop", zap.NewNop(), command},
		{"a command and the level Info", core(zapcore.InfoLevel), command},
		{"an event and zap.NewNop", zap.NewNop(), event},
		{"an event and the level Info", core(zapcore.InfoLevel), event},
		{"an event that nobody handles and zap.NewNop", zap.NewNop(), unheard},
		{"an event that nobody handles and the level Error", core(zapcore.ErrorLevel), unheard},
	} {
		t.Run(test.name, func(t *testing.T) {
			allocs := func(m *cqrs.Mediator) float64 {
				return testing.AllocsPerRun(200, func() { require.NoError(t, test.do(m)) })
			}
			assert.InDelta(t, allocs(unobserved(t)), allocs(benchMediator(t, bootstrap.WithLogger(test.log))), 0)
		})
	}

	t.Run("but does if it is on", func(t *testing.T) {
		allocs := func(m *cqrs.Mediator) float64 {
			return testing.AllocsPerRun(200, func() { require.NoError(t, command(m)) })
		}
		assert.Greater(t, allocs(benchMediator(t, bootstrap.WithLogger(core(zapcore.DebugLevel)))), allocs(unobserved(t)))
	})
}
