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

// The application of the benchmarks: handlers with two dependencies, which only touch
// them.

type (
	benchClock struct{ ticks int }
	benchStore struct{ puts int }

	benchCommand struct {
		cqrs.Command
		ID, Amount int
	}
	benchIdle struct { // touches nothing that goroutines share
		cqrs.Command
		ID int
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

type benchIdleHandler struct {
	clock *benchClock
	store *benchStore
}

//go:noinline
func newBenchIdleHandler(c *benchClock, s *benchStore) *benchIdleHandler {
	return &benchIdleHandler{c, s}
}

//go:noinline
func (h *benchIdleHandler) Handle(context.Context, benchIdle) error { return nil }

// benchTx is a scoped value with a finalizer.
type benchTx struct{ store *benchStore }

func newBenchTx(s *benchStore) (*benchTx, container.Finalizer) {
	return &benchTx{s}, endBenchTx
}

func endBenchTx(context.Context, error) error { return nil }

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
	cqrs.BindCommand[*benchIdleHandler](m)
	cqrs.BindCommand[*benchEventfulHandler](m)
}

func benchEvents(m *cqrs.EventMap) { cqrs.BindEvent[*benchEventHandler](m) }

func benchMediator(tb testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchClock, newBenchStore, newBenchHandler, newBenchIdleHandler,
		newBenchEventfulHandler, newBenchEventHandler))
	return newMediator(tb, c, opts...)
}

// sharedMediator is benchMediator with one handler for all commands.
func sharedMediator(tb testing.TB) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchClock, newBenchStore, newBenchEventfulHandler, newBenchEventHandler))
	require.NoError(tb, c.Provide(newBenchHandler, container.Singleton()))
	require.NoError(tb, c.Provide(newBenchIdleHandler, container.Singleton()))
	return newMediator(tb, c)
}

// finalizerMediator is benchMediator with a scoped value that has a finalizer in place of
// one of the two dependencies of command handlers.
func finalizerMediator(tb testing.TB) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchClock, newBenchStore, newBenchEventfulHandler, newBenchEventHandler,
		func(c *benchClock, tx *benchTx) *benchHandler { return newBenchHandler(c, tx.store) },
		func(c *benchClock, tx *benchTx) *benchIdleHandler { return newBenchIdleHandler(c, tx.store) }))
	require.NoError(tb, c.Provide(newBenchTx, container.Scoped()))
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
		container.Typed(func(d benchDeps) *benchIdleHandler { return newBenchIdleHandler(d.Clock, d.Store) }),
		container.Typed(func(d benchDeps) *benchEventfulHandler { return newBenchEventfulHandler(d.Clock, d.Store) }),
		container.Typed(func(d benchDeps) *benchEventHandler { return newBenchEventHandler(d.Clock, d.Store) }),
	))
	return newMediator(tb, c, opts...)
}

// durableMediator is benchMediator with a durable subscription to another event. The options are
// those of the commands' handler.
func durableMediator(tb testing.TB, opts ...dig.ProvideOption) *cqrs.Mediator {
	c := container.New()
	require.NoError(tb, c.ProvideAll(newBenchClock, newBenchStore, newBenchIdleHandler, newBenchEventfulHandler,
		newBenchEventHandler, newSeatMail))
	require.NoError(tb, c.Provide(newBenchHandler, opts...))
	require.NoError(tb, c.Provide(newJournal, container.Scoped()))
	m, err := bootstrap.New(c, benchCommands, func(m *cqrs.EventMap) {
		benchEvents(m)
		mailEvent(m)
	}, bootstrap.WithLogger(zap.NewNop()))
	require.NoError(tb, err)
	return m
}

func newMediator(tb testing.TB, c *container.Container, opts ...bootstrap.Option) *cqrs.Mediator {
	m, err := bootstrap.New(c, benchCommands, benchEvents,
		append([]bootstrap.Option{bootstrap.WithLogger(zap.NewNop())}, opts...)...)
	require.NoError(tb, err)
	return m
}

// BenchmarkSend has a row for each row of the table in docs/performance.md.
// Compare within one run: go test -run '^$' -bench 'Send$' ./bootstrap
func BenchmarkSend(b *testing.B) {
	pass := bootstrap.WithMiddleware(cqrs.MiddlewareFunc(
		func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			return next(ctx, in)
		}))
	b.Run("direct call", func(b *testing.B) {
		ctx := context.Background()
		clock, store := newBenchClock(), newBenchStore()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := newBenchHandler(clock, store).Handle(ctx, benchCommand{ID: i, Amount: i}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("shared handler", func(b *testing.B) { sendLoop(b, sharedMediator(b)) })
	b.Run("plain", func(b *testing.B) { sendLoop(b, benchMediator(b)) })
	b.Run("typed", func(b *testing.B) { sendLoop(b, typedMediator(b)) })
	b.Run("plain with event", func(b *testing.B) { eventLoop(b, benchMediator(b)) })
	b.Run("typed with event", func(b *testing.B) { eventLoop(b, typedMediator(b)) })
	b.Run("plain with finalizer", func(b *testing.B) { sendLoop(b, finalizerMediator(b)) })
	b.Run("plain with middleware", func(b *testing.B) { sendLoop(b, benchMediator(b, pass)) })
	b.Run("typed with middleware", func(b *testing.B) { sendLoop(b, typedMediator(b, pass)) })
	b.Run("dig.Scope", func(b *testing.B) { digScopeLoop(b) })
}

// digScopeLoop builds the handler in a dig.Scope for each request.
func digScopeLoop(b *testing.B) {
	ctx := context.Background()
	parent := func() *dig.Container {
		c := dig.New()
		require.NoError(b, c.Provide(newBenchClock))
		require.NoError(b, c.Provide(newBenchStore))
		return c
	}
	c := parent()
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
		if i%1000 == 999 { // a parent keeps its scopes forever
			c = parent()
		}
	}
}

// BenchmarkSend_parallel sends from as many goroutines as there are processors.
func BenchmarkSend_parallel(b *testing.B) {
	b.Run("direct call", func(b *testing.B) {
		ctx := context.Background()
		clock, store := newBenchClock(), newBenchStore()
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := newBenchIdleHandler(clock, store).Handle(ctx, benchIdle{ID: 1000}); err != nil {
					b.Error(err)
				}
			}
		})
	})
	for _, row := range []struct {
		name     string
		mediator *cqrs.Mediator
	}{
		{"shared handler", sharedMediator(b)},
		{"plain", benchMediator(b)},
		{"typed", typedMediator(b)},
		{"plain with finalizer", finalizerMediator(b)},
	} {
		b.Run(row.name, func(b *testing.B) {
			ctx := context.Background()
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := cqrs.Send(ctx, row.mediator, benchIdle{ID: 1000}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
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
