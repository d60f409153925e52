package middleware_test

import (
	"context"
	"errors"
	"fmt"
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

// inBubble runs a test with a clock of its own.
func inBubble(t *testing.T, name string, test func(t *testing.T, a *app)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(t, newApp(t)) })
	})
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	inBubble(t, "fails a handler that gives up at the deadline", func(t *testing.T, a *app) {
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

	inBubble(t, "keeps the handler's own error in the chain", func(t *testing.T, a *app) {
		command(a, waiting[join](errHandler))
		err := a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{})
		require.NotNil(t, timeoutOf(err))
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})

	inBubble(t, "is the cause that the handler finds, and may return", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, _ *self[nothing], _ join) error {
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), context.DeadlineExceeded)
			return context.Cause(ctx)
		})
		err := a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{})
		require.NotNil(t, timeoutOf(err))
		assert.Equal(t, context.DeadlineExceeded, timeoutOf(err).Err)
	})

	inBubble(t, "leaves the cause as it is, which the handler may wrap", func(t *testing.T, a *app) {
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

	inBubble(t, "waits for a handler that ignores its context, and takes its success", func(t *testing.T, a *app) {
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

	inBubble(t, "leaves a failure in time as it is", func(t *testing.T, a *app) {
		command(a, sleeping[join](seconds(1)-1, errHandler))
		assert.Equal(t, errHandler, a.start(middleware.Timeout(seconds(1))).Send(t.Context(), join{}))
	})

	inBubble(t, "leaves the caller's own deadline and cancellation alone", func(t *testing.T, a *app) {
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

	inBubble(t, "leaves a panic a panic", func(t *testing.T, a *app) {
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
