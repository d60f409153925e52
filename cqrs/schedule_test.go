package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// reminding returns an application whose command Count can be scheduled.
func reminding(t *testing.T) *durableApp {
	a := newDurableApp(t)
	request(a.app, func(_ context.Context, h *self[*outboxtest.Tx], c Count) (int, error) {
		a.note("count %d", c.N)
		h.Record(Left{N: c.N})
		return c.N, nil
	})
	a.requests = append(a.requests, func(m *cqrs.RequestMap) {
		cqrs.RegisterCommand(m, cqrs.CommandType[Count]{Name: "count", FormerNames: []string{"counts"}})
	})
	return a
}

const toCount = "command:count"

func TestSchedule(t *testing.T) {
	t.Parallel()

	t.Run("sends a command when it is due, as a request of its own", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		on[first](a.app, noting[Left](a.app, "left"))
		a.begin(bootstrap.WithMiddleware(cqrs.AroundScope(around(a.app, "around"))))
		id, err := cqrs.Schedule(t.Context(), a.m, Count{N: 1}, time.Now().Add(time.Hour))
		require.NoError(t, err)
		assert.NotEmpty(t, id)
		assert.Equal(t, []string{"commit"}, a.notes())
		assert.Empty(t, a.claim(toCount))
		a.store.Advance(2 * time.Hour)
		claimed := a.claim(toCount)
		require.Len(t, claimed, 1)
		assert.Equal(t, id, claimed[0].RecordID)
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), claimed...))
		assert.Equal(t, []string{
			"around: command cqrs_test.Count", "count 1", "around: event cqrs_test.Left", "left 1", "around: end", "commit",
			"around: end",
		}, a.notes())
		assert.Zero(t, a.pending(toCount))
	})

	t.Run("is at once due without a time, and can be cancelled", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		a.begin()
		id, err := cqrs.Schedule(t.Context(), a.m, Count{}, time.Time{})
		require.NoError(t, err)
		assert.Len(t, a.claim(toCount), 1)
		found, err := cqrs.CancelScheduled(t.Context(), a.m, id)
		require.NoError(t, err)
		assert.True(t, found)
	})

	t.Run("through a Sender is part of its request", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		var outcome error
		command(a.app, func(ctx context.Context, h *self[cqrs.Sender], c Close) error {
			_, err := cqrs.Schedule(ctx, h.need, Count{N: c.N}, time.Now())
			return errors.Join(err, outcome)
		})
		require.NoError(t, a.begin().Send(t.Context(), Close{N: 7}))
		assert.Equal(t, 1, a.pending(toCount))
		outcome = errOther
		require.ErrorIs(t, a.m.Send(t.Context(), Close{}), errOther)
		assert.Equal(t, 1, a.pending(toCount))
		assert.Equal(t, int32(1), a.journals.Load())
	})

	t.Run("through a Sender whose request has ended fails", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		var kept cqrs.Sender
		require.NoError(t, a.begin().Run(t.Context(), func(_ context.Context, s cqrs.Sender) error { kept = s; return nil }))
		_, err := cqrs.Schedule(t.Context(), kept, Count{}, time.Now())
		require.ErrorIs(t, err, cqrs.ErrRequestEnded)
		_, err = cqrs.CancelScheduled(t.Context(), kept, "id")
		require.ErrorIs(t, err, cqrs.ErrRequestEnded)
		assert.Zero(t, a.pending(toCount))
	})

	for name, test := range map[string]struct {
		command any
		reason  error
	}{
		"nil":                              {nil, cqrs.ErrNilMessage},
		"a pointer":                        {&Count{}, cqrs.ErrPointer},
		"a command that is not registered": {Join{}, nil},
		"an event":                         {Joined{}, nil},
	} {
		t.Run("rejects "+name, func(t *testing.T) {
			t.Parallel()
			a := reminding(t)
			_, err := cqrs.Schedule(t.Context(), a.begin(), test.command, time.Now())
			var invalid *cqrs.MessageError
			require.ErrorAs(t, err, &invalid)
			assert.Equal(t, test.reason, invalid.Reason)
			assert.Zero(t, a.journals.Load())
		})
	}

	t.Run("rejects a nil context and a nil mediator", func(t *testing.T) {
		t.Parallel()
		var none context.Context
		var nobody *cqrs.Mediator
		m := reminding(t).begin()
		_, err := cqrs.Schedule(none, m, Count{}, time.Now())
		require.ErrorIs(t, err, cqrs.ErrNilContext)
		_, err = cqrs.CancelScheduled(none, m, "id")
		require.ErrorIs(t, err, cqrs.ErrNilContext)
		for _, s := range []cqrs.Sender{nil, nobody} {
			_, err = cqrs.Schedule(t.Context(), s, Count{}, time.Now())
			require.ErrorIs(t, err, cqrs.ErrNilMediator)
			_, err = cqrs.CancelScheduled(t.Context(), s, "id")
			require.ErrorIs(t, err, cqrs.ErrNilMediator)
		}
	})
}

func TestCancelScheduled(t *testing.T) {
	t.Parallel()

	t.Run("deletes a command that was not sent yet, once", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		id, err := cqrs.Schedule(t.Context(), a.begin(), Count{}, time.Now().Add(time.Hour))
		require.NoError(t, err)
		for _, want := range []bool{true, false} {
			found, err := cqrs.CancelScheduled(t.Context(), a.m, id)
			require.NoError(t, err)
			assert.Equal(t, want, found)
		}
		assert.Zero(t, a.pending(toCount))
	})

	t.Run("finds what the same request has scheduled", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		require.NoError(t, a.begin().Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			kept, err := cqrs.Schedule(ctx, s, Count{N: 1}, time.Now())
			require.NoError(t, err)
			dropped, err := cqrs.Schedule(ctx, s, Count{N: 2}, time.Now())
			require.NoError(t, err)
			assert.NotEqual(t, kept, dropped)
			found, err := cqrs.CancelScheduled(ctx, s, dropped)
			assert.True(t, found)
			return err
		}))
		claimed := a.claim(toCount)
		require.Len(t, claimed, 1)
		assert.JSONEq(t, `{"N":1}`, string(claimed[0].Payload))
	})

	t.Run("is undone if the request fails", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		id, err := cqrs.Schedule(t.Context(), a.begin(), Count{}, time.Now())
		require.NoError(t, err)
		require.ErrorIs(t, a.m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			found, err := cqrs.CancelScheduled(ctx, s, id)
			assert.True(t, found)
			return errors.Join(err, errOther)
		}), errOther)
		assert.Equal(t, 1, a.pending(toCount))
		a.commit = func() error { return errOther }
		found, err := cqrs.CancelScheduled(t.Context(), a.m, id)
		require.ErrorIs(t, err, errOther)
		assert.False(t, found)
		assert.Equal(t, 1, a.pending(toCount))
	})

	t.Run("returns the error of the journal", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		a.cancel = func() error { return errOther }
		_, err := cqrs.CancelScheduled(t.Context(), a.begin(), "id")
		require.ErrorIs(t, err, errOther)
		assert.IsType(t, &cqrs.JournalError{}, err)
	})

	t.Run("finds nothing if no command can be scheduled, whatever is registered", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t) // whose events are registered
		joinRecords(a.app)
		found, err := cqrs.CancelScheduled(t.Context(), a.begin(), "id")
		require.NoError(t, err)
		assert.False(t, found)
		assert.Zero(t, a.journals.Load())
	})
}

func TestSchedule_FromSeveralGoroutines(t *testing.T) {
	t.Parallel()
	a := reminding(t)
	var using atomic.Int32
	a.cancel = func() error {
		defer using.Add(-1)
		if using.Add(1) > 1 {
			return errors.New("another goroutine uses the journal")
		}
		for range 100 {
			runtime.Gosched()
		}
		return nil
	}
	old, err := cqrs.Schedule(t.Context(), a.begin(), Count{}, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.NoError(t, a.m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
		var all sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			all.Go(func() {
				id, err := cqrs.Schedule(ctx, s, Count{N: i}, time.Now())
				if err == nil && i%2 == 0 {
					_, err = cqrs.CancelScheduled(ctx, s, id)
				} else if err == nil {
					_, err = cqrs.CancelScheduled(ctx, s, fmt.Sprint("unknown ", i)) // so that the journal looks
				}
				errs[i] = err
			})
		}
		all.Wait()
		found, err := cqrs.CancelScheduled(ctx, s, old)
		assert.True(t, found)
		return errors.Join(append(errs, err)...)
	}))
	assert.Equal(t, 10, a.pending(toCount))
}
