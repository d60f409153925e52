package bootstrap_test

import (
	"context"
	"testing"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/zap"
)

// The application of the benchmarks: handlers with two dependencies, which do
// nothing but touch them.

type (
	benchClock struct{ ticks int }
	benchStore struct{ puts int }

	benchCommand struct {
		cqrs.Command
		ID, Amount int
	}
	benchEventful struct {
		cqrs.Command
		ID, Amount int
	}
	benchHappened struct {
		cqrs.DomainEvent
		ID, Amount int
	}
)

type benchHandler struct {
	clock *benchClock
	store *benchStore
}

//go:noinline
func newBenchHandler(c *benchClock, s *benchStore) *benchHandler { return &benchHandler{c, s} }

//go:noinline
func (h *benchHandler) Handle(_ context.Context, c benchCommand) error {
	h.store.puts = c.Amount
	return nil
}

type benchEventfulHandler struct {
	cqrs.EventRecorder
	clock *benchClock
	store *benchStore
}

func newBenchEventfulHandler(c *benchClock, s *benchStore) *benchEventfulHandler {
	return &benchEventfulHandler{clock: c, store: s}
}

func (h *benchEventfulHandler) Handle(_ context.Context, c benchEventful) error {
	h.store.puts = c.Amount
	h.Record(benchHappened{ID: c.ID, Amount: c.Amount})
	return nil
}

type benchEventHandler struct {
	clock *benchClock
	store *benchStore
}

func newBenchEventHandler(c *benchClock, s *benchStore) *benchEventHandler {
	return &benchEventHandler{c, s}
}

func (h *benchEventHandler) Handle(_ context.Context, e benchHappened) error {
	h.clock.ticks = e.Amount
	return nil
}

func newBenchClock() *benchClock { return new(benchClock) }
func newBenchStore() *benchStore { return new(benchStore) }

func benchCommands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*benchHandler](m)
	cqrs.BindCommand[*benchEventfulHandler](m)
}

func benchEvents(m *cqrs.EventMap) { cqrs.BindEvent[*benchEventHandler](m) }

func benchMediator(tb testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchClock, newBenchStore, newBenchHandler, newBenchEventfulHandler, newBenchEventHandler))
	return newMediator(tb, c, opts...)
}

// sharedMediator is benchMediator with one handler for all commands.
func sharedMediator(tb testing.TB) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchClock, newBenchStore, newBenchEventfulHandler, newBenchEventHandler))
	require.NoError(tb, c.Provide(newBenchHandler, container.Singleton()))
	return newMediator(tb, c)
}

type benchDeps struct {
	dig.In
	Clock *benchClock
	Store *benchStore
}

// typedMediator is benchMediator with typed constructors of the handlers.
func typedMediator(tb testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchClock, newBenchStore,
		container.Typed(func(d benchDeps) *benchHandler { return newBenchHandler(d.Clock, d.Store) }),
		container.Typed(func(d benchDeps) *benchEventfulHandler { return newBenchEventfulHandler(d.Clock, d.Store) }),
		container.Typed(func(d benchDeps) *benchEventHandler { return newBenchEventHandler(d.Clock, d.Store) }),
	))
	return newMediator(tb, c, opts...)
}

func newMediator(tb testing.TB, c *container.Container, opts ...bootstrap.Option) *cqrs.Mediator {
	m, err := bootstrap.New(c, benchCommands, benchEvents, append([]bootstrap.Option{bootstrap.WithLogger(zap.NewNop())}, opts...)...)
	require.NoError(tb, err)
	return m
}

func BenchmarkSend(b *testing.B) {
	ctx := context.Background()
	b.Run("direct call", func(b *testing.B) {
		clock, store := newBenchClock(), newBenchStore()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := newBenchHandler(clock, store).Handle(ctx, benchCommand{ID: i, Amount: i}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("shared handler", func(b *testing.B) { sendLoop(b, sharedMediator(b)) })
	b.Run("per-request handler, plain", func(b *testing.B) { sendLoop(b, benchMediator(b)) })
	b.Run("per-request handler, typed", func(b *testing.B) { sendLoop(b, typedMediator(b)) })
	b.Run("one event, plain", func(b *testing.B) { eventLoop(b, benchMediator(b)) })
	b.Run("one event, typed", func(b *testing.B) { eventLoop(b, typedMediator(b)) })
	b.Run("one middleware, plain", func(b *testing.B) {
		sendLoop(b, benchMediator(b, bootstrap.WithMiddleware(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			return next(ctx, in)
		})))
	})
	b.Run("dig.Scope per request", func(b *testing.B) {
		c := dig.New()
		require.NoError(b, c.Provide(newBenchClock))
		require.NoError(b, c.Provide(newBenchStore))
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s := c.Scope("request")
			if err := s.Provide(newBenchHandler); err != nil {
				b.Fatal(err)
			}
			if err := s.Invoke(func(h *benchHandler) error {
				return h.Handle(ctx, benchCommand{ID: i, Amount: i})
			}); err != nil {
				b.Fatal(err)
			}
			if i%1000 == 999 { // a parent keeps its scopes for ever
				c = dig.New()
				require.NoError(b, c.Provide(newBenchClock))
				require.NoError(b, c.Provide(newBenchStore))
			}
		}
	})
}

func eventLoop(b *testing.B, m *cqrs.Mediator) {
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := cqrs.Send(ctx, m, benchEventful{ID: i, Amount: i}); err != nil {
			b.Fatal(err)
		}
	}
}

func sendLoop(b *testing.B, m *cqrs.Mediator) {
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := cqrs.Send(ctx, m, benchCommand{ID: i, Amount: i}); err != nil {
			b.Fatal(err)
		}
	}
}
