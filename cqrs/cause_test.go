package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// wrapping is an error type of an application.
type wrapping struct{ error }

func (w *wrapping) Unwrap() error { return w.error }

func TestCause(t *testing.T) {
	t.Parallel()
	own := &wrapping{errOther}
	for name, test := range map[string]struct{ err, want error }{
		"is nil for nil": {nil, nil},
		"is the error itself if it wraps nothing": {errHandler, errHandler},
		"looks through fmt.Errorf": {fmt.Errorf("a: %w", fmt.Errorf("b: %w", errHandler)),
			errHandler},
		"takes the first of several errors":                {errors.Join(errHandler, errOther), errHandler},
		"takes the first of several errors in fmt.Errorf":  {fmt.Errorf("%w and %w", errHandler, errOther), errHandler},
		"skips ErrStreamStopped if there is another error": {errors.Join(cqrs.ErrStreamStopped, errOther), errOther},
		"skips a wrapped ErrStreamStopped if there is another error": {
			errors.Join(fmt.Errorf("a: %w", cqrs.ErrStreamStopped), errOther), errOther,
		},
		"is ErrStreamStopped if there is no other error": {errors.Join(cqrs.ErrStreamStopped), cqrs.ErrStreamStopped},
		"stops at a type of the application":             {fmt.Errorf("a: %w", own), own},
		"stops at a nil pointer of the application":      {(*wrapping)(nil), (*wrapping)(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, cqrs.Cause(test.err))
		})
	}

	t.Run("looks through the error that names a failed constructor", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() (*tx, error) { return nil, errHandler }, container.Scoped())
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		err := a.start().Send(t.Context(), Join{})
		require.IsType(t, new(container.Error), err)
		assert.Equal(t, errHandler, cqrs.Cause(err))
	})

	t.Run("looks through the error that joins failed after-scope deliveries", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Joined{})
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler }, cqrs.AfterScope())
		err := a.start().Send(t.Context(), Join{})
		assert.True(t, cqrs.Done(err))
		assert.IsType(t, new(cqrs.EventError), cqrs.Cause(err))
	})
}

func TestEventErrors(t *testing.T) {
	t.Parallel()

	t.Run("returns one error for each failed after-scope delivery, with its event", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			if e.N == 2 {
				return nil
			}
			return errHandler
		}, cqrs.AfterScope())
		err := a.start().Publish(t.Context(), joined(1, 2, 3)...)
		require.True(t, cqrs.Done(err))
		var values []cqrs.Event
		for _, e := range cqrs.EventErrors(err) {
			assert.Equal(t, cqrs.DeliveryAfterScope, e.Delivery)
			values = append(values, e.Value)
		}
		assert.Equal(t, joined(1, 3), values)
	})

	t.Run("returns the one error of an in-scope delivery", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler })
		failed := cqrs.EventErrors(a.start().Publish(t.Context(), Joined{N: 4}))
		require.Len(t, failed, 1)
		assert.Equal(t, Joined{N: 4}, failed[0].Value)
	})

	t.Run("returns none for other errors", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, cqrs.EventErrors(nil))
		assert.Empty(t, cqrs.EventErrors(errHandler))
	})
}
