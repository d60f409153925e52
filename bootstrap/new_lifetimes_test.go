package bootstrap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestNew_lifetimes(t *testing.T) {
	t.Parallel()

	t.Run("two mediators of one container share singletons, and have bindings of their own", func(t *testing.T) {
		t.Parallel()
		a, builds := newApp(t), 0
		a.provide(func() *database { builds++; return &database{} })
		var seen []*database
		see := func(_ context.Context, h *quietHandler[join, *database], _ join) error {
			seen = append(seen, h.need)
			return nil
		}
		a.provide(func(db *database) *quietHandler[join, *database] { return &quietHandler[join, *database]{db, see} })
		a.provide(func() *quietHandler[leave, nothing] { return &quietHandler[leave, nothing]{} })
		joins := func(m *cqrs.RequestMap) { cqrs.BindCommand[*quietHandler[join, *database]](m) }
		first, err := bootstrap.New(a.container, joins, nil)
		require.NoError(t, err)
		second, err := bootstrap.New(a.container, joins, nil, bootstrap.WithStrictEvents(),
			bootstrap.WithQueries(func(m *cqrs.RequestMap) { cqrs.BindCommand[*quietHandler[leave, nothing]](m) }))
		require.NoError(t, err)

		require.NoError(t, first.Send(t.Context(), join{}))
		require.NoError(t, second.Send(t.Context(), join{}))
		require.Len(t, seen, 2)
		assert.Same(t, seen[0], seen[1])
		assert.Equal(t, 1, builds)
		require.NoError(t, second.Send(t.Context(), leave{}))
		require.ErrorAs(t, first.Send(t.Context(), leave{}), new(*cqrs.NoHandlerError))
		require.NoError(t, first.Publish(t.Context(), joined{}))
		require.ErrorIs(t, second.Publish(t.Context(), joined{}), cqrs.ErrUnhandledEvent)
	})

	t.Run("what is provided after New takes effect for the next New", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		needs[join, nothing](a)
		before := a.start()
		needs[leave, *session](a)
		_, err := a.new()
		require.ErrorIs(t, err, container.ErrMissing)
		a.provide(func() *session { return &session{} }, container.Scoped())
		after := a.start()
		require.NoError(t, after.Send(t.Context(), leave{}))
		require.NoError(t, after.Send(t.Context(), join{}))
		require.ErrorAs(t, before.Send(t.Context(), leave{}), new(*cqrs.NoHandlerError))
		require.NoError(t, before.Send(t.Context(), join{}))
	})

	t.Run("a constructor of a handler that fails once fails that request only", func(t *testing.T) {
		t.Parallel()
		a, fail := newApp(t), true
		a.provide(func() (*lostHandler, error) {
			if fail {
				return nil, errDown
			}
			return &lostHandler{}, nil
		})
		a.bind(func(m *cqrs.RequestMap) { cqrs.BindCommand[*lostHandler](m) })
		m := a.start()
		err := m.Send(t.Context(), cmdLost{})
		require.ErrorIs(t, err, errDown)
		require.ErrorIs(t, err, container.ErrBuild)
		require.ErrorContains(t, err, "*bootstrap_test.lostHandler")
		require.ErrorContains(t, err, "new_lifetimes_test.go:", "the constructor")
		fail = false
		require.NoError(t, m.Send(t.Context(), cmdLost{}))
	})

	t.Run("a handler is built for each message, a singleton handler once", func(t *testing.T) {
		t.Parallel()
		a, joins, leaves := newApp(t), 0, 0
		a.provide(func() *quietHandler[join, nothing] { joins++; return &quietHandler[join, nothing]{} })
		a.provide(func() *quietHandler[leave, nothing] { leaves++; return &quietHandler[leave, nothing]{} },
			container.Singleton())
		a.bind(func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*quietHandler[join, nothing]](m)
			cqrs.BindCommand[*quietHandler[leave, nothing]](m)
		})
		m := a.start()
		assert.Equal(t, [2]int{0, 1}, [2]int{joins, leaves}, "at New")
		for range 3 {
			require.NoError(t, m.Send(t.Context(), join{}))
			require.NoError(t, m.Send(t.Context(), leave{}))
		}
		assert.Equal(t, [2]int{3, 1}, [2]int{joins, leaves})
	})

	t.Run("typed constructors make handlers", func(t *testing.T) {
		t.Parallel()
		a, builds := newApp(t), 0
		a.provide(func() *session { return &session{} }, container.Scoped())
		a.provide(container.Typed(func(s *session) *quietHandler[join, *session] {
			builds++
			return &quietHandler[join, *session]{need: s}
		}))
		a.provide(container.TypedErr(func(nothing) (*lostHandler, error) { return nil, errDown }))
		a.bind(func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*quietHandler[join, *session]](m)
			cqrs.BindCommand[*lostHandler](m)
		})
		m := a.start()
		for range 2 {
			require.NoError(t, m.Send(t.Context(), join{}))
		}
		assert.Equal(t, 2, builds)
		err := m.Send(t.Context(), cmdLost{})
		require.ErrorIs(t, err, errDown)
		require.ErrorContains(t, err, "*bootstrap_test.lostHandler")
	})

	t.Run("singletons that no handler needs are not built", func(t *testing.T) {
		t.Parallel()
		a, builds := newApp(t), 0
		a.provide(func() *mailbox { panic("built") })
		a.provide(func() *database { builds++; return &database{} })
		a.provide(func(db *database) *session { return &session{db} }, container.Scoped())
		needs[join, *session](a)
		m := a.start()
		assert.Equal(t, 1, builds, "what a request may need is built at New")
		require.NoError(t, m.Send(t.Context(), join{}))
		assert.Equal(t, 1, builds)
	})
}
