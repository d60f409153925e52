package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/broken"
)

// errSoldOut is expected by the application of TestMediator_Expected.
var errSoldOut = errors.New("sold out")

func TestMediator_Expected(t *testing.T) {
	t.Parallel()
	m := newApp(t).start(bootstrap.WithExpectedErrors(func(err error) bool { return errors.Is(err, errSoldOut) }))
	invalid := &middleware.ValidationError{Err: errOther}
	for _, test := range []struct {
		name string
		err  error
		want bool
	}{
		{"no error", nil, false},
		{"an error of the application", errOther, false},
		{"one that the application expects", errSoldOut, true},
		{"one that wraps it", fmt.Errorf("order: %w", errSoldOut), true},
		{"an invalid message", invalid, true},
		{"an error that wraps an invalid message", fmt.Errorf("order: %w", invalid), true},
		{"middleware.ErrInvalid in an error of the handler", fmt.Errorf("order: %w", middleware.ErrInvalid), true},
		{"a message that is denied", &middleware.AuthorizationError{Err: errOther}, true},
		{"an event in the scope that is denied", &cqrs.EventError{Err: &middleware.AuthorizationError{}}, true},
		{"a cancellation", context.Canceled, true},
		{"a cancelled HTTP request", &url.Error{Err: context.Canceled}, true},
		{"a cancelled dial", fmt.Errorf("dial: %w", net.ErrClosed), false},
		{"a cancellation of an event in the scope", &cqrs.EventError{Err: fmt.Errorf("mail: %w", context.Canceled)}, true},
		{"an exceeded deadline", context.DeadlineExceeded, false},
		{"a timeout that cancelled the handler", &middleware.TimeoutError{Err: context.Canceled}, false},
		{"a failure, and then a cancellation", errors.Join(errOther, context.Canceled), false},
		{"a cancellation, and then a failed rollback", errors.Join(context.Canceled, errOther), true},
		{"a failure, and then one that the application expects", errors.Join(errOther, errSoldOut), true},
		{"a panic", &cqrs.PanicError{Value: errSoldOut}, false},
		{"a panic in an event in the scope", &cqrs.EventError{Err: &cqrs.PanicError{Value: errSoldOut}}, false},
		{"a panic with a rejection, wrapped", &url.Error{Err: &cqrs.PanicError{Value: invalid}}, false},
		{"an exit", cqrs.ErrExit, false},
		{"an event error without an error", &cqrs.EventError{}, false},
		{"a nil event error", (*cqrs.EventError)(nil), false},
	} {
		t.Run(fmt.Sprintf("is %t for %s", test.want, test.name), func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, m.Expected(test.err))
		})
	}

	t.Run("is false for a request that is done", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(_ context.Context, h *self[nothing], _ Join) error { h.Record(Joined{}); return nil })
		on[first](a, func(context.Context, *self[nothing], Joined) error { return middleware.ErrInvalid }, cqrs.AfterScope())
		m := a.start()
		err := m.Send(t.Context(), Join{})
		assert.ErrorIs(t, err, middleware.ErrInvalid)
		assert.False(t, m.Expected(err))
	})

	t.Run("ends for an event error that wraps itself", func(t *testing.T) {
		t.Parallel()
		err := new(cqrs.EventError)
		err.Err = err
		assert.False(t, newApp(t).start().Expected(err))
	})

	t.Run("survives broken errors", func(t *testing.T) {
		t.Parallel()
		m := newApp(t).start() // errors.Is does not survive them
		for what, bad := range broken.Errors() {
			assert.False(t, m.Expected(bad), what)
		}
	})

	t.Run("needs no mediator for what every application expects", func(t *testing.T) {
		t.Parallel()
		var none *cqrs.Mediator
		assert.True(t, none.Expected(middleware.ErrDenied))
		assert.False(t, none.Expected(errSoldOut))
	})
}

func TestInvocation_Expected(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	command(a, func(context.Context, *self[nothing], Join) error { return errSoldOut })
	var got []bool
	ask := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		_, err := next(ctx, in)
		got = append(got, in.Expected(err), in.Expected(errOther))
		return nil, err
	})
	m := a.start(bootstrap.WithMiddleware(ask, cqrs.AroundScope(ask)),
		bootstrap.WithExpectedErrors(func(err error) bool { return errors.Is(err, errSoldOut) }))
	assert.ErrorIs(t, m.Send(t.Context(), Join{}), errSoldOut)
	assert.Equal(t, []bool{true, false, true, false}, got)
}
