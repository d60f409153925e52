package middleware_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// The messages of the benchmarks. Only fullCommand asks the middleware for something.
type (
	plainCommand struct {
		cqrs.Command
		ID, Amount int
	}
	fullCommand struct {
		cqrs.Command
		ID, Amount int
	}
)

func (fullCommand) Timeout() time.Duration           { return time.Minute }
func (c fullCommand) Validate(context.Context) error { return nil }
func (fullCommand) RequiredRole() string             { return "" }

type (
	plainHandler struct{ amount int }
	fullHandler  struct{ amount int }
)

//go:noinline
func (h *plainHandler) Handle(_ context.Context, c plainCommand) error {
	h.amount = c.Amount
	return nil
}

//go:noinline
func (h *fullHandler) Handle(_ context.Context, c fullCommand) error {
	h.amount = c.Amount
	return nil
}

// benchMediator has shared handlers, so that nothing is built.
func benchMediator(tb testing.TB, stands ...cqrs.Middleware) *cqrs.Mediator {
	tb.Helper()
	c := container.New()
	require.NoError(tb, c.Provide(func() *plainHandler { return &plainHandler{} }, container.Singleton()))
	require.NoError(tb, c.Provide(func() *fullHandler { return &fullHandler{} }, container.Singleton()))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*plainHandler](m)
		cqrs.BindCommand[*fullHandler](m)
	}, nil, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithMiddleware(stands...))
	require.NoError(tb, err)
	return m
}

// discard is a logger that encodes entries and discards them.
func discard(level zapcore.Level) *zap.Logger {
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard),
		level))
}

func sendPlain(m *cqrs.Mediator) error {
	_, err := cqrs.Send(context.Background(), m, plainCommand{ID: 1000, Amount: 1000})
	return err
}

func sendFull(m *cqrs.Mediator) error {
	_, err := cqrs.Send(context.Background(), m, fullCommand{ID: 1000, Amount: 1000})
	return err
}

var (
	pass = cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		return next(ctx, in)
	})
	look = cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		_ = in.Message()
		return next(ctx, in)
	})
)

func allowAll(context.Context, restricted) error { return nil }

// BenchmarkMiddleware has a row for the cost of each middleware. Compare within one
// run: go test -run '^$' -bench Middleware ./cqrs/middleware
func BenchmarkMiddleware(b *testing.B) {
	for _, row := range []struct {
		name   string
		stands []cqrs.Middleware
		send   func(*cqrs.Mediator) error
	}{
		{"none", nil, sendFull},
		{"one that does nothing", []cqrs.Middleware{pass}, sendFull},
		{"logging off", []cqrs.Middleware{middleware.Logging(discard(zapcore.FatalLevel))}, sendFull},
		{"logging of failures", []cqrs.Middleware{middleware.Logging(discard(zapcore.ErrorLevel))}, sendFull},
		{"logging on", []cqrs.Middleware{middleware.Logging(discard(zapcore.DebugLevel))}, sendFull},
		{"timeout", []cqrs.Middleware{middleware.Timeout(time.Minute)}, sendFull},
		{"timeout not needed", []cqrs.Middleware{middleware.Timeout(0)}, sendPlain},
		{"validation", []cqrs.Middleware{middleware.Validation()}, sendFull},
		{"validation not needed", []cqrs.Middleware{middleware.Validation()}, sendPlain},
		{"authorization", []cqrs.Middleware{middleware.Authorization(allowAll, middleware.Exempt[plainCommand]())}, sendFull},
		{"authorization not needed", []cqrs.Middleware{middleware.Authorization(allowAll, middleware.Exempt[plainCommand]())},
			sendPlain},
	} {
		b.Run(row.name, func(b *testing.B) {
			m := benchMediator(b, row.stands...)
			b.ReportAllocs()
			for b.Loop() {
				if err := row.send(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAllocations compares each middleware with one that only calls next (pass), or that
// looks at the message first (look).
func TestAllocations(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("allocations are counted without the race detector")
	}
	allocs := func(t *testing.T, send func(*cqrs.Mediator) error, stands ...cqrs.Middleware) float64 {
		t.Helper()
		m := benchMediator(t, stands...)
		return testing.AllocsPerRun(200, func() {
			if err := send(m); err != nil {
				t.Fatal(err)
			}
		})
	}
	outside := cqrs.AroundScope(pass)

	for _, test := range []struct {
		name   string
		stands cqrs.Middleware
		like   []cqrs.Middleware
		more   float64 // allocations, at most
		send   func(*cqrs.Mediator) error
	}{
		{"logging to zap.NewNop has none", middleware.Logging(zap.NewNop()), nil, 0, sendFull},
		{"logging that is off has those of the chain", middleware.Logging(discard(zapcore.FatalLevel)),
			[]cqrs.Middleware{outside}, 0, sendFull},
		{"logging of failures only has those of the chain", middleware.Logging(discard(zapcore.ErrorLevel)),
			[]cqrs.Middleware{outside}, 0, sendFull},
		{"logging that is on has one for the fields", middleware.Logging(discard(zapcore.DebugLevel)),
			[]cqrs.Middleware{outside}, 1, sendFull},
		{"a timeout has those of a context and its timer", middleware.Timeout(time.Minute), []cqrs.Middleware{look}, 5,
			sendFull},
		{"a timeout that no message asks for has none", middleware.Timeout(0), nil, 0, sendPlain},
		{"validation has those of looking at a message", middleware.Validation(), []cqrs.Middleware{look}, 0, sendFull},
		{"validation without Validate has none", middleware.Validation(), nil, 0, sendPlain},
		{"authorization has those of looking at a message",
			middleware.Authorization(allowAll, middleware.Exempt[plainCommand]()), []cqrs.Middleware{look}, 0, sendFull},
		{"require has none", middleware.Require(middleware.Queries(), middleware.HasTimeout()), nil, 0, sendPlain},
		{"authorization of an exempt message has none", middleware.Authorization(allowAll, middleware.Exempt[plainCommand]()),
			nil, 0, sendPlain},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.LessOrEqual(t, allocs(t, test.send, test.stands), allocs(t, test.send, test.like...)+test.more)
		})
	}
}
