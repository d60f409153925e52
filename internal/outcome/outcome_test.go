package outcome_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/outcome"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type (
	join   struct{ cqrs.Command }
	export struct{ cqrs.StreamOf[int] }
	joined struct{ cqrs.DomainEvent }

	joinHandler   struct{ cqrs.EventRecorder }
	exportHandler struct{}
	joinedHandler struct{ err error }
)

func (h *joinHandler) Handle(context.Context, join) error { h.Record(joined{}); return nil }
func (exportHandler) Handle(context.Context, export) iter.Seq2[int, error] {
	return func(func(int, error) bool) {}
}
func (h joinedHandler) Handle(context.Context, joined) error { return h.err }

var errHandler = errors.New("the handler says no")

// bindings returns the bindings of a command, a stream and an event, and the error that
// the command returns because its after-scope handler fails.
func bindings(t *testing.T) (command, stream, event *cqrs.Binding, sideEffect error) {
	t.Helper()
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() *joinHandler { return &joinHandler{} },
		func() exportHandler { return exportHandler{} },
		func() joinedHandler { return joinedHandler{errHandler} },
	))
	look := cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
		switch b.Kind() {
		case cqrs.KindCommand:
			command = b
		case cqrs.KindStream:
			stream = b
		default:
			event = b
		}
		return nil
	})
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*joinHandler](m)
		cqrs.BindStream[exportHandler](m)
	}, func(m *cqrs.EventMap) { cqrs.BindEvent[joinedHandler](m, cqrs.AfterScope()) },
		bootstrap.WithMiddleware(look), bootstrap.WithLogger(zap.NewNop()))
	require.NoError(t, err)
	return command, stream, event, m.Send(t.Context(), join{})
}

func TestOf(t *testing.T) {
	t.Parallel()
	command, stream, event, sideEffect := bindings(t)
	require.True(t, cqrs.Done(sideEffect))
	ofHandler := &cqrs.PanicError{Message: command.Message(), Handler: command.Handler()}
	ofMiddleware := &cqrs.PanicError{Message: command.Message(), Where: "a middleware"}
	ofFinalizer := &cqrs.PanicError{Where: "a finalizer"}
	ofAnother := &cqrs.PanicError{Message: reflect.TypeFor[int](), Handler: reflect.TypeFor[string]()}
	var judge *cqrs.Mediator // that of no application in particular
	stopped := fmt.Errorf("export: %w", cqrs.ErrStreamStopped)
	for _, test := range []struct {
		name    string
		binding *cqrs.Binding
		err     error
		want    outcome.Outcome
	}{
		{"of no error", command, nil, outcome.OK},
		{"of an error", command, errHandler, outcome.Failed},
		{"of a stream that its consumer stopped", stream, stopped, outcome.Stopped},
		{"of a stopped stream whose rollback failed", stream, errors.Join(stopped, errHandler), outcome.Failed},
		{"of a command that returns what only a stream can", command, stopped, outcome.Failed},
		{"of a request that is done but for after-scope handlers", command, sideEffect, outcome.SideEffectFailed},
		{"of a panic of the handler", command, ofHandler, outcome.Panicked},
		{"of a panic, with an error of a finalizer", command, errors.Join(ofHandler, errHandler), outcome.Panicked},
		{"of a panic of a middleware", command, ofMiddleware, outcome.Panicked},
		{"of a panic of a finalizer", command, ofFinalizer, outcome.Panicked},
		{"of a panic of what the handler sent", command, ofAnother, outcome.Failed},
		{"of an error before a panic", command, errors.Join(errHandler, ofFinalizer), outcome.Failed},
		{"of a goroutine that ended", command, cqrs.ErrExit, outcome.Exited},
		{"of a cancelled request", command, fmt.Errorf("join: %w", context.Canceled), outcome.Rejected},
		{"of a panic with an expected error", command, &cqrs.PanicError{Value: context.Canceled}, outcome.Panicked},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, outcome.Of(test.binding, judge, test.err))
		})
	}

	t.Run("of broken errors is a failure", func(t *testing.T) {
		t.Parallel()
		for what, bad := range broken.Errors() {
			for _, b := range []*cqrs.Binding{command, stream, event} {
				assert.Equal(t, outcome.Failed, outcome.Of(b, nil, bad), what)
				assert.Equal(t, outcome.Failed, outcome.Of(b, nil, errors.Join(bad, ofHandler)), what)
			}
		}
	})
}

type valueError struct{}

func (valueError) Error() string { return "" }

type namedError struct{ name string }

func (*namedError) Error() string       { return "" }
func (e *namedError) ErrorType() string { return e.name }

func TestTypeOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"of nil is empty", nil, ""},
		{"of a pointer", &cqrs.NoHandlerError{}, "*cqrs.NoHandlerError"},
		{"of a value", valueError{}, "github.com/digcqrs/digcqrs/internal/outcome_test.valueError"},
		{"of what is wrapped", fmt.Errorf("a: %w", errors.Join(&cqrs.NoHandlerError{})), "*cqrs.NoHandlerError"},
		{"of what says its type", &namedError{"declined"}, "declined"},
		{"of what says nothing", &namedError{}, "*outcome_test.namedError"},
		{"of a nil pointer", (*namedError)(nil), "*outcome_test.namedError"},
		{"of what panics when it is asked", &broken.Panicking{}, "*broken.Panicking"},
		{"of a cancelled context", context.Canceled, "context.Canceled"},
		{"of a deadline", context.DeadlineExceeded, "context.DeadlineExceeded"},
		{"of a goroutine that ended", cqrs.ErrExit, "cqrs.ErrExit"},
		{"of a chain without an answer", cqrs.ErrNotHandled, "cqrs.ErrNotHandled"},
		{"of a stopped stream", cqrs.ErrStreamStopped, "cqrs.ErrStreamStopped"},
		{"of a lost lease", fmt.Errorf("store: %w", cqrs.ErrLeaseLost), "cqrs.ErrLeaseLost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, outcome.TypeOf(test.err))
		})
	}
}
