package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestAgreement compares what the log of bootstrap.New, middleware.Logging and a span
// report about the same request.
func TestAgreement(t *testing.T) {
	t.Parallel()
	returns := func(err error) func(context.Context, *self) error {
		return func(context.Context, *self) error { return err }
	}
	done := shop(t, script{"PlaceOrder": record(mailSent), "Archive": fail}).Send(t.Context(), placeOrder)
	require.True(t, cqrs.Done(done))
	for _, test := range []struct {
		name     string
		do       func(context.Context, *self) error
		finalize error
		want     string // outcome and type of the error
	}{
		{"that succeeds", returns(nil), nil, "ok"},
		{"that fails", returns(fmt.Errorf("declined: %w", &DeclinedError{})), nil, "error *telemetry_test.DeclinedError"},
		{"that fails twice", returns(errors.Join(&DeclinedError{}, errors.New(secret))), nil,
			"error *telemetry_test.DeclinedError"},
		{"that fails with a value", returns(ValueError{}), nil, "error " + here + "ValueError"},
		{"that says the type of its error", returns(&NamedError{"card_declined"}), nil, "error card_declined"},
		{"that is cancelled", returns(context.Canceled), nil, "rejected context.Canceled"},
		{"whose error the application expects", returns(fmt.Errorf("declined: %w", errSoldOut)), nil, "rejected *errors.errorString"},
		{"whose event returns an error that the application expects", record(orderPlaced), nil, "rejected *cqrs.EventError"},
		{"whose error is a nil pointer", returns((*broken.NotFound)(nil)), nil, "error *broken.NotFound"},
		{"that panics", panics, nil, "panic *cqrs.PanicError"},
		{"whose commit fails", returns(nil), &DeclinedError{}, "error *telemetry_test.DeclinedError"},
		{"that fails, and whose rollback fails", returns(ValueError{}), &DeclinedError{}, "error " + here + "ValueError"},
		{"that is done but for an after-scope handler", record(mailSent), nil, "side_effect_failed *cqrs.EventError"},
		{"that returns the error of another request, which is done", returns(done), nil, "error *cqrs.EventError"},
		{"whose event fails", record(stockReserved), nil, "error *cqrs.EventError"},
		{"that ends its goroutine", exits, nil, "exit cqrs.ErrExit"},
	} {
		t.Run("about a command "+test.name, func(t *testing.T) {
			t.Parallel()
			s := newSaid(t, script{"PlaceOrder": test.do, "Archive": fail, "Shelf": fail, "Ledger": returns(errSoldOut)}, test.finalize)
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = s.o.Send(context.Background(), placeOrder)
			}()
			<-done
			s.assert(t, "command", test.want)
		})
	}

	t.Run("about a stream that its consumer stops", func(t *testing.T) {
		t.Parallel()
		s := newSaid(t, nil, nil)
		for range cqrs.Stream(t.Context(), s.o, exportOrders) {
			break
		}
		s.assert(t, "stream", "stopped")
	})

	t.Run("about a stream that its consumer stops, and whose finalizer fails", func(t *testing.T) {
		t.Parallel()
		s := newSaid(t, nil, &DeclinedError{})
		for range cqrs.Stream(t.Context(), s.o, exportOrders) {
			break
		}
		s.assert(t, "stream", "error *telemetry_test.DeclinedError")
	})

	t.Run("about a stream that fails with the error of another request, which is done", func(t *testing.T) {
		t.Parallel()
		s := newSaid(t, script{"ExportOrders": returns(fmt.Errorf("export: %w", done))}, nil)
		for _, err := range cqrs.Stream(t.Context(), s.o, exportOrders) {
			assert.False(t, cqrs.Done(err) && err != nil)
		}
		s.assert(t, "stream", "error *cqrs.EventError")
	})

	t.Run("about a constructor that fails", func(t *testing.T) {
		t.Parallel()
		s := newSaid(t, nil, nil)
		s.unbuilt = &DeclinedError{}
		require.Error(t, s.o.Send(t.Context(), placeOrder))
		s.assert(t, "command", "error *telemetry_test.DeclinedError")
	})
}

var errSoldOut = errors.New("sold out: " + secret)

// said is what three observers report about an application.
type said struct {
	o            *observed
	own, logging *observer.ObservedLogs
	unbuilt      error // of a constructor
}

func newSaid(t *testing.T, script script, finalize error) *said {
	t.Helper()
	s := &said{}
	c := handlers(t, script)
	require.NoError(t, c.Provide(func() (*tx, container.Finalizer, error) {
		return &tx{}, func(context.Context, error) error { return finalize }, s.unbuilt
	}, container.Scoped()))
	require.NoError(t, c.Provide(func(tx *tx) *needsTx { return &needsTx{tx} }, container.Scoped()))
	o, telemetry := observe(t)
	var ownLog, log *zap.Logger
	ownLog, s.own = testkit.Logger(zapcore.DebugLevel)
	log, s.logging = testkit.Logger(zapcore.DebugLevel)
	s.o = o.start(t, c, commands, events, bootstrap.WithLogger(ownLog),
		bootstrap.WithMiddleware(middleware.Logging(log), telemetry, cqrs.Built[*needsTx]()),
		bootstrap.WithExpectedErrors(func(err error) bool { return errors.Is(err, errSoldOut) }))
	return s
}

// needsTx is a middleware that needs the transaction, so that its finalizer runs.
type needsTx struct{ *tx }

func (*needsTx) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

func (s *said) assert(t *testing.T, kind, want string) {
	t.Helper()
	said := func(logs *observer.ObservedLogs, message string) string {
		entries := logs.FilterMessage(message).FilterFieldKey("outcome").All()
		if len(entries) != 1 {
			return fmt.Sprintf("%d lines %q", len(entries), message)
		}
		fields := entries[0].ContextMap()
		text := fields["outcome"].(string)
		if errorType, has := fields["error_type"]; has {
			text += " " + errorType.(string)
		}
		return text
	}
	assert.Equal(t, want, said(s.own, "request handled"), "bootstrap")
	outcome, errorType, _ := strings.Cut(want, " ")
	ending := "failed"
	switch outcome {
	case "ok", "stopped":
		ending = "handled"
	case "side_effect_failed":
		ending = "handled, after-scope delivery failed"
	case "rejected":
		ending = "rejected"
	}
	assert.Equal(t, want, said(s.logging, kind+" "+ending), "middleware.Logging")
	span := s.o.spans.Started()[0]
	got, _ := attributeOf(span, "cqrs.outcome")
	assert.Equal(t, outcome, got, "telemetry")
	isFailure := outcome == "error" || outcome == "panic" || outcome == "exit"
	assert.Equal(t, isFailure, span.Status().Code == codes.Error, "the status of the span")
	if outcome == "side_effect_failed" { // the spans of these handlers have it
		errorType = ""
	}
	got, _ = attributeOf(span, "error.type")
	assert.Equal(t, errorType, got, "telemetry")
}
