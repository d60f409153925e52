package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

// Messages that set their own timeout.
type (
	patient struct {
		cqrs.Command
		For time.Duration
	}
	patientRead   struct{ cqrs.Query[string] }
	patientExport struct{ cqrs.StreamOf[int] }
	patientEvent  struct {
		cqrs.DomainEvent
		For time.Duration
	}
	impatient      struct{ cqrs.Command }
	impatientEvent struct{ cqrs.DomainEvent }
)

func (c patient) Timeout() time.Duration       { return c.For }
func (patientRead) Timeout() time.Duration     { return time.Hour }
func (patientExport) Timeout() time.Duration   { return time.Hour }
func (e patientEvent) Timeout() time.Duration  { return e.For }
func (*impatient) Timeout() time.Duration      { return time.Hour }
func (*impatientEvent) Timeout() time.Duration { return time.Hour }
func seconds(n int) time.Duration              { return time.Duration(n) * time.Second }
func timeoutOf(err error) *middleware.TimeoutError {
	e, _ := errors.AsType[*middleware.TimeoutError](err)
	return e
}

// doing is the behavior of a handler of commands or events.
type doing[M any] = func(context.Context, *self[nothing], M) error

// sleeping ignores its context.
func sleeping[M any](d time.Duration, err error) doing[M] {
	return func(context.Context, *self[nothing], M) error {
		time.Sleep(d)
		return err
	}
}

// waiting waits until its context is done, and fails with err, or with the error of the
// context if err is nil.
func waiting[M any](err error) doing[M] {
	return func(ctx context.Context, _ *self[nothing], _ M) error {
		<-ctx.Done()
		if err == nil {
			return ctx.Err()
		}
		return err
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	in := func(name string, test func(t *testing.T, a *app)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, newApp(t)) })
		})
	}

	in("fails a handler that gives up at the deadline", func(t *testing.T, a *app) {
		command(a, waiting[join](nil))
		start := time.Now()
		err := a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{})
		assert.Equal(t, seconds(1), time.Since(start))
		assert.Equal(t, &middleware.TimeoutError{
			Message: reflect.TypeFor[join](), Handler: reflect.TypeFor[*commandHandler[join, nothing]](), After: seconds(1),
			Err: context.DeadlineExceeded,
		}, err)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})

	in("keeps the handler's own error in the chain", func(t *testing.T, a *app) {
		command(a, waiting[join](errHandler))
		err := a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{})
		require.NotNil(t, timeoutOf(err))
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})

	in("is the cause that the handler finds, and may return", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, _ *self[nothing], _ join) error {
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), context.DeadlineExceeded)
			return context.Cause(ctx)
		})
		err := a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{})
		require.NotNil(t, timeoutOf(err))
		assert.Equal(t, context.DeadlineExceeded, timeoutOf(err).Err)
	})

	in("leaves the cause as it is, which the handler may wrap", func(t *testing.T, a *app) {
		var found error
		command(a, func(ctx context.Context, _ *self[nothing], _ join) error {
			<-ctx.Done()
			found = context.Cause(ctx)
			return fmt.Errorf("too slow: %w", found)
		})
		err := a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{})
		require.ErrorIs(t, err, found)
		assert.Equal(t, context.DeadlineExceeded, timeoutOf(found).Err)
		assert.Contains(t, err.Error(), "too slow")
	})

	in("waits for a handler that ignores its context, and takes its success", func(t *testing.T, a *app) {
		query(a, func(context.Context, *self[nothing], read) (string, error) {
			time.Sleep(seconds(5))
			return "late", nil
		})
		start := time.Now()
		got, err := cqrs.Send(t.Context(), a.start(middleware.Timeout(seconds(1))), read{})
		require.NoError(t, err)
		assert.Equal(t, "late", got)
		assert.Equal(t, seconds(5), time.Since(start))
	})

	in("leaves a failure in time as it is", func(t *testing.T, a *app) {
		command(a, sleeping[join](seconds(1)-1, errHandler))
		assert.Equal(t, errHandler, a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{}))
	})

	in("leaves the caller's own deadline and cancellation alone", func(t *testing.T, a *app) {
		command(a, waiting[join](nil))
		m := a.start(middleware.Timeout(seconds(3)))
		early, cancel := context.WithTimeout(t.Context(), seconds(1))
		defer cancel()
		assert.Equal(t, context.DeadlineExceeded, m.Send(early, join{}))

		cancelled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(seconds(2), cancel)
		assert.Equal(t, context.Canceled, m.Send(cancelled, join{}))

		late, cancel := context.WithTimeout(t.Context(), seconds(4))
		defer cancel()
		require.NotNil(t, timeoutOf(m.Send(late, join{})))
	})

	in("leaves a panic a panic", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, _ *self[nothing], _ join) error {
			<-ctx.Done()
			panic(errHandler)
		})
		on(a, func(ctx context.Context, _ *self[nothing], _ joined) error {
			<-ctx.Done()
			panic(errHandler)
		})
		m := a.start(middleware.Timeout(seconds(1)))
		for _, err := range []error{m.Send(t.Context(), join{}), m.Publish(t.Context(), joined{})} {
			_, ok := errors.AsType[*cqrs.PanicError](err)
			assert.True(t, ok, "%v", err)
			assert.Nil(t, timeoutOf(err))
		}
	})

	in("asks each message that says its own time", func(t *testing.T, a *app) {
		command(a, waiting[patient](nil))
		m := a.start(middleware.Timeout(seconds(1)))
		for _, d := range []time.Duration{seconds(7), time.Millisecond, -1} {
			start := time.Now()
			err := m.Send(t.Context(), patient{For: d})
			require.NotNil(t, timeoutOf(err), "%v", d)
			assert.Equal(t, d, timeoutOf(err).After)
			assert.Equal(t, max(d, 0), time.Since(start))
		}
	})

	in("sets no deadline for a message that says 0", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, _ *self[nothing], _ patient) error {
			_, limited := ctx.Deadline()
			a.Note("%v", limited)
			return nil
		})
		require.NoError(t, a.start(middleware.Timeout(seconds(1))).Send(t.Context(), patient{}))
		assert.Equal(t, []string{"false"}, a.Notes())
	})

	in("of 0 applies only to messages that set their own", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, _ *self[nothing], _ join) error {
			_, limited := ctx.Deadline()
			a.Note("join %v", limited)
			return nil
		})
		query(a, func(ctx context.Context, _ *self[nothing], _ patientRead) (string, error) {
			_, limited := ctx.Deadline()
			a.Note("read %v", limited)
			return "", nil
		})
		m := a.start(middleware.Timeout(0))
		require.NoError(t, m.Send(t.Context(), join{}))
		_, err := cqrs.Send(t.Context(), m, patientRead{})
		require.NoError(t, err)
		assert.Equal(t, []string{"join false", "read true"}, a.Notes())
	})

	in("counts for a stream until it has ended, with its consumer", func(t *testing.T, a *app) {
		stream(a, func(ctx context.Context, _ *self[nothing], _ patientExport) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for i := range 100 {
					if ctx.Err() != nil {
						yield(0, ctx.Err())
						return
					}
					if !yield(i, nil) {
						return
					}
				}
			}
		})
		m := a.start(middleware.Timeout(0))
		var got []int
		var err error
		for item, e := range cqrs.Stream(t.Context(), m, patientExport{}) {
			if err = e; err == nil {
				got = append(got, item)
				time.Sleep(25 * time.Minute)
			}
		}
		assert.Equal(t, []int{0, 1, 2}, got)
		require.NotNil(t, timeoutOf(err), "%v", err)
		assert.Equal(t, reflect.TypeFor[patientExport](), timeoutOf(err).Message)
		assert.Equal(t, time.Hour, timeoutOf(err).After)
	})

	in("leaves a stream that was stopped late stopped", func(t *testing.T, a *app) {
		var outcome error
		stream(a, yields[patientExport](nil, 1, 2), cqrs.WithMiddleware(
			cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
				result, outcome = next(ctx, in)
				return result, outcome
			}), middleware.Timeout(0)))
		for range cqrs.Stream(t.Context(), a.start(), patientExport{}) {
			time.Sleep(2 * time.Hour)
			break
		}
		assert.Equal(t, cqrs.ErrStreamStopped, outcome)
	})

	in("fails handlers of events, and asks an event that was bound as an interface", func(t *testing.T, a *app) {
		on(a, func(ctx context.Context, _ *self[nothing], _ cqrs.Event) error {
			<-ctx.Done()
			return ctx.Err()
		})
		m := a.start(middleware.Timeout(seconds(1)))
		for _, test := range []struct {
			event cqrs.Event
			after time.Duration
		}{{joined{}, seconds(1)}, {patientEvent{For: seconds(9)}, seconds(9)}} {
			err := m.Publish(t.Context(), test.event)
			require.NotNil(t, timeoutOf(err), "%v", err)
			assert.Equal(t, test.after, timeoutOf(err).After)
			assert.Equal(t, reflect.TypeOf(test.event), timeoutOf(err).Message)
		}
	})

	in("of the outer message is not taken for that of the inner one", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, h *self[cqrs.Sender], c patient) error {
			if c.For > seconds(1) {
				err := h.need.Send(ctx, patient{For: seconds(1)})
				a.Note("inner %v", timeoutOf(err) != nil)
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
		m := a.start(middleware.Timeout(0))
		err := m.Send(t.Context(), patient{For: seconds(5)})
		assert.Equal(t, seconds(1), timeoutOf(err).After, "the inner one, in time for the outer one")
		assert.Equal(t, []string{"inner true"}, a.Notes())
	})

	in("of the outer message comes first where it is over first", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, h *self[cqrs.Sender], c patient) error {
			if c.For == seconds(5) {
				err := h.need.Send(ctx, patient{For: seconds(9)})
				a.Note("inner %v", timeoutOf(err) != nil)
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
		err := a.start(middleware.Timeout(0)).Send(t.Context(), patient{For: seconds(5)})
		require.NotNil(t, timeoutOf(err))
		assert.Equal(t, seconds(5), timeoutOf(err).After)
		assert.Equal(t, []string{"inner false"}, a.Notes())
	})

	in("leaves nothing cancelled for the events of the request", func(t *testing.T, a *app) {
		command(a, raises[join](joined{}))
		on(a, func(ctx context.Context, _ *self[nothing], _ joined) error { return ctx.Err() })
		require.NoError(t, a.start(cqrs.Only[cqrs.Request[cqrs.Unit]](middleware.Timeout(seconds(1)))).Send(t.Context(),
			join{}))
	})

	in("around the scope counts for events too, and does not undo what is done", func(t *testing.T, a *app) {
		a.withTx(nil)
		command(a, func(_ context.Context, h *self[*tx], _ join) error {
			h.Record(joined{})
			return nil
		})
		on(a, waiting[joined](nil))
		around := cqrs.Only[cqrs.Request[cqrs.Unit]](cqrs.AroundScope(middleware.Timeout(seconds(1))))
		err := a.start(around).Send(t.Context(), join{})
		require.NotNil(t, timeoutOf(err), "%v", err)
		assert.Equal(t, reflect.TypeFor[join](), timeoutOf(err).Message)
		assert.Equal(t, []string{"begin", "rollback"}, a.Notes())

		a = newApp(t)
		a.withTx(nil)
		command(a, func(_ context.Context, h *self[*tx], _ join) error {
			h.Record(joined{})
			return nil
		})
		on(a, waiting[joined](nil), cqrs.AfterScope())
		err = a.start(around).Send(t.Context(), join{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.True(t, cqrs.Done(err), "%v", err)
		assert.Equal(t, []string{"begin", "commit"}, a.Notes())
	})

	in("does not wrap handlers that do not need it", func(t *testing.T, a *app) {
		command(a, waiting[patient](nil), cqrs.WithMiddleware(middleware.Timeout(0)))
		command(a, sleeping[join](seconds(9), nil))
		m := a.start()
		require.NoError(t, m.Send(t.Context(), join{}))
		require.NotNil(t, timeoutOf(m.Send(t.Context(), patient{For: 1})))
	})
}

func TestTimeout_is_checked_at_start_up(t *testing.T) {
	t.Parallel()

	t.Run("for a negative time", func(t *testing.T) {
		t.Parallel()
		problems := newApp(t).problems(middleware.Timeout(-1))
		require.Len(t, problems, 1)
		require.ErrorAs(t, problems[0], new(*middleware.ConfigError))
	})

	t.Run("for messages that have the method on the pointer, each once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[impatient](nil))
		command(a, returns[patient](nil))
		on(a, returns[impatientEvent](nil))
		on(a, func(context.Context, *self[cqrs.Sender], impatientEvent) error { return nil })
		on(a, returns[cqrs.Event](nil))
		problems := a.problems(middleware.Timeout(time.Second))
		require.Len(t, problems, 2)
		for i, message := range []reflect.Type{reflect.TypeFor[impatient](), reflect.TypeFor[impatientEvent]()} {
			invalid, ok := errors.AsType[*middleware.ConfigError](problems[i])
			require.True(t, ok)
			assert.Equal(t, message, invalid.Message)
			assert.Equal(t, "Timeout", invalid.Middleware)
			assert.Contains(t, invalid.Bound, "fixture_test.go:")
			assert.Contains(t, invalid.Where, "timeout_test.go:")
		}
	})
}
