package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// report is an application error that wraps another one.
type report struct{ err error }

func (r *report) Error() string { return "report" }
func (r *report) Unwrap() error { return r.err }

// doneElsewhere returns the error of a request that is done although an after-scope handler
// failed.
func doneElsewhere(t *testing.T) error {
	t.Helper()
	a := newApp(t)
	command(a, raises[join](joined{}))
	on(a, returns[joined](errOther), cqrs.AfterScope())
	err := a.start().Send(t.Context(), join{})
	require.True(t, cqrs.Done(err))
	return err
}

// TestDone_of_another has handlers of each kind return the error of another request, which
// is done, as their own error: their own request is not done.
func TestDone_of_another(t *testing.T) {
	t.Parallel()
	for kind, k := range map[string]struct {
		handle func(a *app, err error) // once its context is done
		send   func(context.Context, *cqrs.Mediator) error
		logged string
	}{
		"a command": {
			func(a *app, err error) { command(a, waiting[join](err)) },
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, join{}) },
			"error join: error",
		},
		"a query": {
			func(a *app, err error) {
				query(a, func(ctx context.Context, _ *self[nothing], _ read) (string, error) { <-ctx.Done(); return "", err })
			},
			func(ctx context.Context, m *cqrs.Mediator) error { _, err := cqrs.Send(ctx, m, read{}); return err },
			"error read: error",
		},
		"a stream": {
			func(a *app, err error) {
				stream(a, func(ctx context.Context, _ *self[nothing], _ export) iter.Seq2[int, error] {
					return func(yield func(int, error) bool) { <-ctx.Done(); yield(0, err) }
				})
			},
			func(ctx context.Context, m *cqrs.Mediator) error {
				_, err := testkit.Drain(cqrs.Stream(ctx, m, export{}))
				return err
			},
			"error export: error",
		},
		"an event": {
			func(a *app, err error) { on(a, waiting[joined](err)) },
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, joined{}) },
			"error joined: error",
		},
		"an event after the scope": {
			func(a *app, err error) { on(a, waiting[joined](err), cqrs.AfterScope()) },
			func(ctx context.Context, m *cqrs.Mediator) error {
				return cqrs.EventErrors(m.Publish(ctx, joined{}))[0].Err
			},
			"error joined: error",
		},
	} {
		for how, wrap := range map[string]func(error) error{
			"as it is":                     func(err error) error { return err },
			"wrapped by fmt":               func(err error) error { return fmt.Errorf("joining: %w", err) },
			"wrapped by a type of its own": func(err error) error { return &report{err} },
			"joined with another":          func(err error) error { return errors.Join(err, errHandler) },
		} {
			t.Run(fmt.Sprintf("by the handler of %s, %s, is a failure", kind, how), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					a := newApp(t)
					k.handle(a, wrap(doneElsewhere(t)))
					log, logs := testkit.Logger(zapcore.DebugLevel)
					err := k.send(t.Context(), a.start(middleware.Logging(log), middleware.Timeout(time.Second)))
					assert.False(t, cqrs.Done(err))
					assert.NotNil(t, timeoutOf(err))
					require.ErrorIs(t, err, errOther)
					assert.Equal(t, []string{k.logged + " *middleware.TimeoutError"}, outcomesOf(t, logs))

					a = newApp(t)
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					k.handle(a, wrap(doneElsewhere(t)))
					assert.False(t, cqrs.Done(k.send(ctx, a.start(middleware.Logging(log)))))
					for _, line := range outcomesOf(t, logs) {
						assert.Contains(t, line, k.logged)
					}
				})
			})
		}
	}
}
