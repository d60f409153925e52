package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// remembering is a handler that records an event for each message.
type remembering struct{ cqrs.EventRecorder }

func (h *remembering) Handle(_ context.Context, c Join) error {
	h.Record(Joined{N: c.N})
	return nil
}

func TestPromises_Startup(t *testing.T) {
	t.Parallel()

	t.Run("a handler that is not provided is reported at start-up", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*remembering](m) })
		_, err := a.tryStart()
		require.ErrorIs(t, err, container.ErrMissing)
		require.ErrorContains(t, err, "*cqrs_test.remembering")
	})

	t.Run("a dependency that is not provided is reported at start-up, at any depth", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func(*inner) *middle { return new(middle) }, container.Scoped())
		a.provide(func(*middle) *outer { return new(outer) }, container.Scoped())
		command(a, func(context.Context, *self[*inner], Join) error { return nil })
		on[first](a, func(context.Context, *self[*outer], Joined) error { return nil })
		on[second](a, func(context.Context, *self[*tx], Joined) error { return nil }, cqrs.AfterScope())
		_, err := a.tryStart()
		require.ErrorIs(t, err, container.ErrMissing)
		require.ErrorContains(t, err, "*cqrs_test.inner")
		require.ErrorContains(t, err, "*cqrs_test.tx")
	})

	t.Run("a singleton handler that records events is rejected at start-up", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *remembering { return new(remembering) }, container.Singleton())
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*remembering](m) })
		_, err := a.tryStart()
		require.ErrorIs(t, err, bootstrap.ErrSharedSource)
	})
}
