package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// endingWith returns an application with a stream of one item, before which it records
// Joined. Its handler calls end after yield has returned false. outcomes holds what a
// finalizer received, which fails if fails is true.
func endingWith(t *testing.T, fails bool, end func()) (a *app, outcomes *[]error) {
	a, outcomes = newApp(t), new([]error)
	withFinalizer[int](a, func(_ context.Context, outcome error) error {
		*outcomes = append(*outcomes, outcome)
		if fails {
			return errFinalizer
		}
		return nil
	})
	stream(a, func(_ context.Context, h *self[*int], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			h.Record(Joined{N: 1})
			if !yield(1, nil) {
				end()
			}
		}
	})
	return a, outcomes
}

func doNothing() {}

// thenWraps is a middleware that wraps the error of next.
func thenWraps(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	_, err := next(ctx, in)
	return nil, fmt.Errorf("wrapped: %w", err)
}

// TestStream_EventErrors has an event handler that fails before the item is yielded.
func TestStream_EventErrors(t *testing.T) {
	t.Parallel()
	drainFailing := func(t *testing.T, end func(), m ...cqrs.MiddlewareFunc) (outcome error, err error) {
		a, outcomes := endingWith(t, false, end)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler })
		for i := range m {
			m[i] = onlyKind(cqrs.KindStream, m[i])
		}
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(m...)), Export{}))
		assert.Empty(t, items)
		require.Len(t, *outcomes, 1)
		return (*outcomes)[0], err
	}

	for name, m := range map[string]cqrs.MiddlewareFunc{"returns an error": thenFails, "panics": thenPanics} {
		t.Run("are joined with the error of middleware that "+name+" instead", func(t *testing.T) {
			t.Parallel()
			outcome, err := drainFailing(t, doNothing, m)
			for _, err := range []error{outcome, err} {
				require.ErrorIs(t, err, errHandler)
				require.ErrorIs(t, err, errOther)
				assert.Len(t, cqrs.EventErrors(err), 1)
			}
		})
	}

	t.Run("are returned once if middleware wraps them", func(t *testing.T) {
		t.Parallel()
		_, err := drainFailing(t, doNothing, thenWraps)
		require.ErrorIs(t, err, errHandler)
		_, isEvent := errors.Unwrap(err).(*cqrs.EventError)
		assert.True(t, isEvent, "%v", err)
	})

	t.Run("are joined with a later panic of the handler, and every call of next returns both", func(t *testing.T) {
		t.Parallel()
		var first, second error
		_, err := drainFailing(t, func() { panic(errOther) },
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, first = next(ctx, in)
				_, second = next(ctx, in)
				return nil, second
			})
		for _, err := range []error{first, second, err} {
			require.ErrorIs(t, err, errHandler)
			require.ErrorIs(t, err, errOther)
		}
	})
}

func TestStream_PanicAfterAnError(t *testing.T) {
	t.Parallel()
	yields := func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			yield(0, errHandler)
			panic(errOther)
		}
	}

	t.Run("is joined with the error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, yields)
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, err, errOther)
	})

	t.Run("is joined with the error before a fallback, which does not duplicate it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var failed error
		target := cqrs.Fallback(streamTo[first](a, yields),
			streamTo[second](a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] { panic(errFinalizer) }),
			func(err error) bool { failed = err; return true })
		_, err := testkit.Drain(cqrs.Stream(t.Context(), startExport(a, target), Export{}))
		for _, want := range []error{errHandler, errOther} {
			require.ErrorIs(t, failed, want)
			require.ErrorIs(t, err, want)
		}
		require.ErrorIs(t, err, errFinalizer)
		joined, _ := err.(interface{ Unwrap() []error })
		require.NotNil(t, joined)
		assert.IsType(t, new(cqrs.PanicError), joined.Unwrap()[0], "that of the second handler")
		require.NotErrorIs(t, joined.Unwrap()[0], errHandler)
	})
}

// TestStream_StopErrors stops the stream, so that nobody can receive its error, which is
// logged instead.
func TestStream_StopErrors(t *testing.T) {
	t.Parallel()
	stop := func(t *testing.T, a *app, opts ...bootstrap.Option) (logged int) {
		core, logs := observer.New(zapcore.ErrorLevel)
		m := a.start(append(opts, bootstrap.WithLogger(zap.New(core)))...)
		for _, err := range cqrs.Stream(t.Context(), m, Export{}) {
			require.NoError(t, err)
			break
		}
		return logs.FilterMessage("error that nobody received").Len()
	}
	const inScope, around = "in the scope", "around the scope"

	for place, option := range middlewarePlaces {
		for name, m := range map[string]cqrs.MiddlewareFunc{"returns": thenFails, "panics with": thenPanics} {
			t.Run("are logged if middleware "+name+" another error, "+place, func(t *testing.T) {
				t.Parallel()
				a, outcomes := endingWith(t, false, doNothing)
				assert.Equal(t, 1, stop(t, a, option(m)))
				require.Len(t, *outcomes, 1)
				require.ErrorIs(t, (*outcomes)[0], cqrs.ErrStreamStopped)
				assert.Equal(t, place == inScope, errors.Is((*outcomes)[0], errOther))
			})
		}

		t.Run("are not logged if middleware only wraps ErrStreamStopped, "+place, func(t *testing.T) {
			t.Parallel()
			a, outcomes := endingWith(t, false, doNothing)
			assert.Zero(t, stop(t, a, option(thenWraps)))
			require.ErrorIs(t, (*outcomes)[0], cqrs.ErrStreamStopped)
		})

		t.Run("are logged if a handler panics, "+place, func(t *testing.T) {
			t.Parallel()
			a, outcomes := endingWith(t, false, func() { panic(errOther) })
			assert.Equal(t, 1, stop(t, a, option(again)))
			require.ErrorIs(t, (*outcomes)[0], cqrs.ErrStreamStopped)
			require.ErrorIs(t, (*outcomes)[0], errOther)
		})
	}

	t.Run("keep the error of a finalizer when next is called again, "+around, func(t *testing.T) {
		t.Parallel()
		a, _ := endingWith(t, true, doNothing)
		var second error
		callTwice := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, _ = next(ctx, in)
			_, second = next(ctx, in)
			return nil, nil
		}
		assert.Equal(t, 1, stop(t, a, aroundScope(callTwice)))
		require.ErrorIs(t, second, errFinalizer)
	})

	t.Run("exclude the error that a fallback recovered from", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		bindTarget(a, cqrs.Fallback(exports[first](a, 1, errPrimary), exports[second](a, 2, nil, 21, 22), nil))
		core, logs := observer.New(zapcore.ErrorLevel)
		for range cqrs.Stream(t.Context(), a.start(bootstrap.WithLogger(zap.New(core))), Export{}) {
			break
		}
		assert.Zero(t, logs.Len())
	})
}
