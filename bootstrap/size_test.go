package bootstrap_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// filler is one of many messages that make an application large: every combination of
// three digits is a different type.
type filler[A, B, C any] struct{ cqrs.Command }

type fillerHandler[A, B, C any] struct{ dep *fillerDep[A, B, C] }

func (fillerHandler[A, B, C]) Handle(context.Context, filler[A, B, C]) error { return nil }

type fillerDep[A, B, C any] struct{}

// largeApp is an application with up to as many fillers as there are combinations of
// digits, each with a handler and a scoped dependency.
type largeApp struct {
	tb    testing.TB
	c     *container.Container
	m     *cqrs.RequestMap // nil while providing
	limit int
	n     int
}

func fill1[A, B, C any](a *largeApp) {
	switch a.n++; {
	case a.n > a.limit:
	case a.m != nil:
		cqrs.BindCommand[*fillerHandler[A, B, C]](a.m)
	default:
		require.NoError(a.tb, a.c.Provide(func() *fillerDep[A, B, C] { return &fillerDep[A, B, C]{} }, container.Scoped()))
		require.NoError(a.tb, a.c.Provide(func(d *fillerDep[A, B, C]) *fillerHandler[A, B, C] {
			return &fillerHandler[A, B, C]{d}
		}))
	}
}

// largeMediator is the mediator of the benchmarks in an application with the given
// number of additional handlers.
func largeMediator(tb testing.TB, size int) *cqrs.Mediator {
	return provideLargeApp(tb, size).start()
}

// provideLargeApp fills a container. It defers dig's check for cycles: otherwise dig checks
// at each Provide, which takes time that grows with the square of the size.
func provideLargeApp(tb testing.TB, size int) *largeApp {
	a := &largeApp{tb: tb, c: container.New(dig.DeferAcyclicVerification()), limit: size}
	require.NoError(tb, a.c.ProvideAll(newBenchClock, newBenchStore, newBenchHandler, newBenchIdleHandler,
		newBenchEventfulHandler, newBenchEventHandler))
	a.fill()
	return a
}

func (a *largeApp) start() *cqrs.Mediator {
	m, err := bootstrap.New(a.c, func(m *cqrs.RequestMap) {
		benchCommands(m)
		a.m = m
		a.fill()
	}, benchEvents, bootstrap.WithLogger(zap.NewNop()))
	require.NoError(a.tb, err)
	return m
}

func TestMediator_cost_does_not_depend_on_the_size_of_the_application(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("allocations are counted without the race detector")
	}
	ctx := context.Background()
	for name, send := range map[string]func(*cqrs.Mediator) error{
		"command":           func(m *cqrs.Mediator) error { return m.Send(ctx, benchCommand{ID: 1000, Amount: 1000}) },
		"command and event": func(m *cqrs.Mediator) error { return m.Send(ctx, benchEventful{ID: 1000, Amount: 1000}) },
	} {
		t.Run(name, func(t *testing.T) {
			allocs := func(size int) float64 {
				m := largeMediator(t, size)
				return testing.AllocsPerRun(200, func() { require.NoError(t, send(m)) })
			}
			none := allocs(0)
			for _, size := range sizes {
				assert.InDelta(t, none, allocs(size), 0, size)
			}
		})
	}
}

func BenchmarkSend_size(b *testing.B) {
	for _, size := range append([]int{0}, sizes...) {
		b.Run(fmt.Sprint(size), func(b *testing.B) { sendLoop(b, largeMediator(b, size)) })
	}
}

// BenchmarkNew measures how long an application of each size takes to start, without the
// time to provide the constructors to dig.
func BenchmarkNew(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				a := provideLargeApp(b, size)
				b.StartTimer()
				a.start()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*size), "us/handler")
		})
	}
}

func TestMediator_allocates_little(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("allocations are counted without the race detector")
	}
	ctx := context.Background()
	pass := bootstrap.WithMiddleware(cqrs.MiddlewareFunc(
		func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			return next(ctx, in)
		}))
	command := func(m *cqrs.Mediator) error {
		_, err := cqrs.Send(ctx, m, benchCommand{ID: 1000, Amount: 1000})
		return err
	}
	event := func(m *cqrs.Mediator) error {
		_, err := cqrs.Send(ctx, m, benchEventful{ID: 1000, Amount: 1000})
		return err
	}
	for _, row := range []struct {
		name     string
		mediator *cqrs.Mediator
		send     func(*cqrs.Mediator) error
		allocs   float64
		of       string
	}{
		{"shared handler", sharedMediator(t), command, 0, "nothing"},
		{"plain", benchMediator(t), command, 2, "the handler, the results of reflection"},
		{"typed", typedMediator(t), command, 1, "the handler"},
		{"plain with event", benchMediator(t), event, 5, "two handlers, two lists of results, the event"},
		{"typed with event", typedMediator(t), event, 3, "two handlers, the event"},
		{"plain with finalizer", finalizerMediator(t), command, 5, "as plain, the command, the scoped value, its results"},
		{"plain with middleware", benchMediator(t, pass), command, 3, "as plain, the invocation with the command"},
		{"typed with middleware", typedMediator(t, pass), command, 2, "as typed, the invocation with the command"},
		{"shared handler beside a durable subscription", durableMediator(t, container.Singleton()), command, 0, "nothing"},
		{"plain beside a durable subscription", durableMediator(t), command, 2, "as plain"},
		{"plain with event beside a durable subscription", durableMediator(t), event, 5, "as plain with event"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := testing.AllocsPerRun(200, func() { require.NoError(t, row.send(row.mediator)) })
			assert.InDelta(t, row.allocs, got, 0, row.of)
		})
	}
}
