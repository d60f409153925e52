package bootstrap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	sellSeat   struct{ cqrs.CommandOf[int] }
	seatSold   struct{ cqrs.DomainEvent }
	seatLedger struct{ cqrs.EventFunc[seatSold] }
)

type sellSeatHandler struct{ cqrs.EventRecorder }

func (h *sellSeatHandler) Handle(context.Context, sellSeat) (int, error) {
	h.Record(seatSold{})
	return 7, nil
}

// selling returns a mediator that sells seats and mails each of them after the scope. book is
// the handler in the scope.
func selling(t *testing.T, mail, book func(context.Context, seatSold) error, opts ...bootstrap.Option) *cqrs.Mediator {
	t.Helper()
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() *sellSeatHandler { return &sellSeatHandler{} },
		func() cqrs.EventFunc[seatSold] { return mail },
		func() seatLedger { return seatLedger{book} },
	))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*sellSeatHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[cqrs.EventFunc[seatSold]](m, cqrs.AfterScope(), cqrs.SubscriptionName("mail"))
		cqrs.BindEvent[seatLedger](m)
	}, opts...)
	require.NoError(t, err)
	return m
}

func TestWithAfterScopeErrors(t *testing.T) {
	t.Parallel()
	fails := func(context.Context, seatSold) error { return errDown }
	works := func(context.Context, seatSold) error { return nil }

	t.Run("lets the request return its result and no error, and logs the errors", func(t *testing.T) {
		t.Parallel()
		core, logs := observer.New(zap.ErrorLevel)
		var got []*cqrs.EventError
		m := selling(t, fails, works, bootstrap.WithLogger(zap.New(core)),
			bootstrap.WithAfterScopeErrors(func(_ context.Context, errs []*cqrs.EventError) { got = append(got, errs...) }))
		n, err := cqrs.Send(t.Context(), m, sellSeat{})
		require.NoError(t, err)
		assert.Equal(t, 7, n)
		require.Len(t, got, 1)
		require.ErrorIs(t, got[0], errDown)
		assert.Equal(t, "mail", got[0].Subscription)
		require.Equal(t, 1, logs.Len())
		assert.Equal(t, "after-scope delivery failed", logs.All()[0].Message)
		assert.NotContains(t, logs.All()[0].ContextMap(), "stack")

		require.NoError(t, m.Publish(t.Context(), seatSold{}))
		assert.Len(t, got, 2)
	})

	t.Run("is not called if all deliveries succeed, or the request fails", func(t *testing.T) {
		t.Parallel()
		never := bootstrap.WithAfterScopeErrors(func(context.Context, []*cqrs.EventError) { t.Error("called") })
		_, err := cqrs.Send(t.Context(), selling(t, works, works, never), sellSeat{})
		require.NoError(t, err)
		_, err = cqrs.Send(t.Context(), selling(t, fails, fails, never), sellSeat{})
		require.ErrorIs(t, err, errDown)
		assert.False(t, cqrs.Done(err))
	})

	t.Run("leaves the error of PublishTo to the caller, which made the request", func(t *testing.T) {
		t.Parallel()
		m := selling(t, fails, works, bootstrap.WithLogger(zap.NewNop()),
			bootstrap.WithAfterScopeErrors(func(context.Context, []*cqrs.EventError) { t.Error("called") }))
		require.ErrorIs(t, m.PublishTo(t.Context(), "mail", seatSold{}), errDown)
	})

	t.Run("returns the errors if the function panics", func(t *testing.T) {
		t.Parallel()
		m := selling(t, fails, works, bootstrap.WithLogger(zap.NewNop()),
			bootstrap.WithAfterScopeErrors(func(context.Context, []*cqrs.EventError) { panic("no") }))
		n, err := cqrs.Send(t.Context(), m, sellSeat{})
		require.ErrorIs(t, err, errDown)
		assert.True(t, cqrs.Done(err))
		assert.Equal(t, 7, n)
	})
}
