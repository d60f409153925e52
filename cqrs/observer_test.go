package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestObserver_Panics uses a logger that panics on every entry.
func TestObserver_Panics(t *testing.T) {
	t.Parallel()
	log := testkit.PanickingLoggers()["Check"]

	t.Run("do not fail the request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(_ context.Context, h *self[*tx], _ Join) error { h.Record(Left{}); return nil }) // nobody handles it
		require.NoError(t, a.start(bootstrap.WithLogger(log)).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"commit 1"}, a.notes())
	})

	t.Run("do not end the process when a handler panics on a helper's goroutine", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1, 2, 3, 4)...)
		on[first](a, func(context.Context, *self[nothing], Joined) error { panic(errOther) }, cqrs.AfterScope())
		err := a.start(bootstrap.WithLogger(log), bootstrap.WithEventConcurrency(4)).Send(t.Context(), Join{})
		assert.True(t, cqrs.Done(err))
		assert.Len(t, cqrs.EventErrors(err), 4)
	})

	t.Run("do not prevent a fallback", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Fallback(
			commandTo[first](a, func(context.Context, *self[nothing], Leave) error { return errHandler }),
			commandTo[second](a, func(context.Context, *self[nothing], Leave) error { return nil }), nil))
		require.NoError(t, a.start(bootstrap.WithLogger(log)).Send(t.Context(), Leave{}))
	})

	t.Run("do not prevent the finalizers of a stopped stream", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[int](a, func(context.Context, error) error { a.note("finalizer"); return errFinalizer })
		stream(a, func(context.Context, *self[*int], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		for range cqrs.Stream(t.Context(), a.start(bootstrap.WithLogger(log)), Export{}) {
			break
		}
		assert.Equal(t, []string{"finalizer"}, a.notes())
	})
}

func TestObserver(t *testing.T) {
	t.Parallel()

	start := func(t *testing.T, a *app, observers ...cqrs.Observer) *cqrs.Mediator {
		opts := []bootstrap.Option{bootstrap.WithLogger(zap.NewNop())}
		for _, o := range observers {
			opts = append(opts, bootstrap.WithObserver(o))
		}
		return a.start(opts...)
	}

	t.Run("receives each request that has ended, with its error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], Join) error { return errHandler })
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		note := func(_ context.Context, b *cqrs.Binding, _ time.Duration, err error) {
			a.note("%v %v: %v", b.Kind(), b.Message(), err)
		}
		m := start(t, a, cqrs.Observer{Handled: note}, cqrs.Observer{},
			cqrs.Observer{Handled: note, Enabled: func() bool { return false }})
		require.ErrorIs(t, m.Send(t.Context(), Join{}), errHandler)
		for range cqrs.Stream(t.Context(), m, Export{}) {
		}
		assert.Equal(t, []string{"command cqrs_test.Join: " + errHandler.Error(), "stream cqrs_test.Export: <nil>"},
			a.notes())
	})

	t.Run("receives panics, fallbacks, events without a handler and lost errors", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Fallback(
			commandTo[first](a, func(context.Context, *self[nothing], Leave) error { panic("down") }),
			commandTo[second](a, func(_ context.Context, h *self[nothing], _ Leave) error { h.Record(Left{}); return nil }),
			nil))
		withFinalizer[int](a, func(context.Context, error) error { return errFinalizer })
		stream(a, func(context.Context, *self[*int], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		m := start(t, a, cqrs.Observer{
			Panicked: func(_ context.Context, err *cqrs.PanicError) { a.note("panic %v", err.Value) },
			FellBack: func(_ context.Context, b *cqrs.Binding, _ reflect.Type, err error) {
				a.note("%v fell back", b.Message())
			},
			Unhandled: func(_ context.Context, event reflect.Type) { a.note("%v unhandled", event) },
			Lost: func(_ context.Context, b *cqrs.Binding, err error) {
				a.note("%v lost %v", b.Message(), errors.Is(err, errFinalizer))
			},
		})
		require.NoError(t, m.Send(t.Context(), Leave{}))
		for range cqrs.Stream(t.Context(), m, Export{}) {
			break
		}
		assert.Equal(t, []string{"panic down", "cqrs_test.Leave fell back", "cqrs_test.Left unhandled",
			"cqrs_test.Export lost true"}, a.notes())
	})
}
