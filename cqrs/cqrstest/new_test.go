package cqrstest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
)

func TestNew(t *testing.T) {
	t.Parallel()
	t.Run("passes a test in which nothing is wrong", func(t *testing.T) {
		t.Parallel()
		errs := test(t, record, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
			assert.NoError(t, m.Send(t.Context(), Join{User: "ann"}))
			assert.Equal(t, Joined{User: "ann"}, cqrstest.RequireEvent[Joined](rec))
			assert.Equal(t, Join{User: "ann"}, cqrstest.RequireSent[Join](rec))
			rec.RequireOrder("handler *cqrstest_test.joinHandler", "handler *cqrstest_test.projection",
				"finalizer cqrstest_test.beginTx", "delivery *cqrstest_test.mail")
		})
		assert.Empty(t, errs)
	})
	t.Run("ends a test whose mediator cannot be made", func(t *testing.T) {
		t.Parallel()
		fake := new(fakeT)
		errs := fake.run(func() {
			cqrstest.New(fake, container.New(), commands, nil)
			assert.Fail(t, "not ended")
		})
		require.Len(t, errs, 1)
		assert.Contains(t, errs[0], "bootstrap: ")
	})
	t.Run("fails a test for an unhandled event", func(t *testing.T) {
		t.Parallel()
		welcome := func(ctx context.Context, h *joinHandler, _ Join) error { return h.Send(ctx, Welcome{}) }
		want := []string{"cqrstest: nobody handles cqrstest_test.Greeted; bind a handler, or allow it with " +
			"cqrstest.AllowUnhandled[cqrstest_test.Greeted](rec)"}
		for name, before := range map[string]func(*cqrstest.Recorder){
			"at its end":       func(*cqrstest.Recorder) {},
			"before the Reset": func(rec *cqrstest.Recorder) { rec.Reset() },
		} {
			errs := test(t, welcome, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
				assert.NoError(t, m.Send(t.Context(), Join{}))
				before(rec)
			})
			assert.Equal(t, want, errs, name)
		}
		errs := test(t, welcome, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
			cqrstest.AllowUnhandled[Greeted](rec)
			assert.NoError(t, m.Send(t.Context(), Join{}))
		})
		assert.Empty(t, errs)
	})
	t.Run("fails a test whose handler leaves a goroutine", func(t *testing.T) {
		t.Parallel()
		ended := make(chan struct{})
		defer close(ended)
		leave := func(context.Context, *joinHandler, Join) error {
			go func() { <-ended }()
			return nil
		}
		send := func(m *cqrs.Mediator, _ *cqrstest.Recorder) { assert.NoError(t, m.Send(t.Context(), Join{})) }
		errs := test(t, leave, send)
		require.Len(t, errs, 1)
		assert.Contains(t, errs[0], "a goroutine that a request has started is still running")
		assert.Contains(t, errs[0], "new_test.go:")
		assert.Empty(t, test(t, leave, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
			rec.AllowGoroutines("cqrstest_test.TestNew")
			send(m, rec)
		}))
	})
	t.Run("counts goroutines with the same stack", func(t *testing.T) {
		t.Parallel()
		ended := make(chan struct{})
		defer close(ended)
		errs := test(t, func(context.Context, *joinHandler, Join) error {
			for range 3 {
				go waitFor(ended)
			}
			return nil
		}, func(m *cqrs.Mediator, _ *cqrstest.Recorder) { assert.NoError(t, m.Send(t.Context(), Join{})) })
		require.Len(t, errs, 1)
		assert.Contains(t, errs[0], "3 goroutines that requests have started are still running; wait for them")
	})
	t.Run("tells the goroutines of the test from those of its requests", func(t *testing.T) {
		t.Parallel()
		ended := make(chan struct{})
		defer close(ended)
		errs := test(t, record, func(m *cqrs.Mediator, _ *cqrstest.Recorder) {
			assert.NoError(t, m.Send(t.Context(), Join{}))
			go func() { <-ended }()
		})
		assert.Empty(t, errs)
	})
	t.Run("waits for a goroutine that is ending", func(t *testing.T) {
		t.Parallel()
		errs := test(t, func(context.Context, *joinHandler, Join) error {
			go func() { <-time.After(20 * time.Millisecond) }()
			return nil
		}, func(m *cqrs.Mediator, _ *cqrstest.Recorder) { assert.NoError(t, m.Send(t.Context(), Join{})) })
		assert.Empty(t, errs)
	})
	t.Run("fails a test for a transaction without a finalizer", func(t *testing.T) {
		t.Parallel()
		fake := new(fakeT)
		errs := fake.run(func() {
			c := app(t, record)
			assert.NoError(t, c.Replace(func(d *db) *tx { return &tx{d} }, container.Scoped()))
			cqrstest.New(fake, c, commands, events)
		})
		require.Len(t, errs, 1)
		assert.Regexp(t, `^cqrstest: possible mistake: the scoped constructor .* returns the transaction \*cqrstest_test.tx `+
			`without a Finalizer, so that nothing commits it or rolls it back; also return container.Transaction\(tx\)$`, errs[0])
	})
	t.Run("closes the container", func(t *testing.T) {
		t.Parallel()
		fake := new(fakeT)
		errs := fake.run(func() {
			c := app(t, record)
			assert.NoError(t, c.Replace(func() (*db, container.Finalizer) {
				return new(db), func(context.Context, error) error { return errors.New("the disk is full") }
			}))
			cqrstest.New(fake, c, commands, events)
		})
		require.Len(t, errs, 1)
		assert.Contains(t, errs[0], "cqrstest: closing the container: ")
		assert.Contains(t, errs[0], "the disk is full")
	})
	t.Run("logs to the test", func(t *testing.T) {
		t.Parallel()
		fake := new(fakeT)
		fake.run(func() {
			m, rec := cqrstest.New(fake, app(t, record), commands, nil)
			cqrstest.AllowUnhandled[Joined](rec)
			assert.NoError(t, m.Send(t.Context(), Join{}))
		})
		require.Len(t, fake.logs, 1)
		assert.Contains(t, fake.logs[0], "warn\t")
	})
}
