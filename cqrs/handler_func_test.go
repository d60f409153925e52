package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// second handles events that an EventFunc handles too.
type secondJoined struct{ cqrs.EventFunc[Joined] }

func TestHandlerFuncs(t *testing.T) {
	t.Parallel()

	// start provides the constructors and binds functions for Join, Count, Export and Joined.
	start := func(t *testing.T, ctors ...any) *cqrs.Mediator {
		t.Helper()
		c := container.New()
		require.NoError(t, c.ProvideAll(ctors...))
		m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
			cqrs.BindCommand[cqrs.CommandFunc[Join]](m)
			cqrs.BindRequest[cqrs.RequestFunc[Count, int]](m)
			cqrs.BindStream[cqrs.StreamFunc[Export, int]](m)
		}, func(m *cqrs.EventMap) {
			cqrs.BindEvent[cqrs.EventFunc[Joined]](m)
			cqrs.BindEvent[secondJoined](m)
		}, bootstrap.WithLogger(zap.NewNop()))
		require.NoError(t, err)
		return m
	}

	t.Run("handle each kind of message, with what their constructors ask for", func(t *testing.T) {
		t.Parallel()
		var notes []string
		note := func(what string) { notes = append(notes, what) }
		m := start(t,
			func() func(string) { return note },
			func(note func(string), s cqrs.Sender) cqrs.CommandFunc[Join] {
				return func(ctx context.Context, c Join) error { note("join"); return s.Publish(ctx, Joined{}) }
			},
			func() cqrs.RequestFunc[Count, int] {
				return func(context.Context, Count) (int, error) { return 7, nil }
			},
			func() cqrs.StreamFunc[Export, int] {
				return func(context.Context, Export) iter.Seq2[int, error] {
					return func(yield func(int, error) bool) { yield(3, nil) }
				}
			},
			func(note func(string)) cqrs.EventFunc[Joined] {
				return func(context.Context, Joined) error { note("first"); return nil }
			},
			func(note func(string)) secondJoined {
				return secondJoined{func(context.Context, Joined) error { note("second"); return nil }}
			},
		)
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "first", "second"}, notes)
		n, err := cqrs.Send(t.Context(), m, Count{})
		require.NoError(t, err)
		assert.Equal(t, 7, n)
		for n, err := range cqrs.Stream(t.Context(), m, Export{}) {
			require.NoError(t, err)
			assert.Equal(t, 3, n)
		}
	})

	t.Run("that are nil fail the request with a PanicError", func(t *testing.T) {
		t.Parallel()
		m := start(t,
			func() cqrs.CommandFunc[Join] { return nil },
			func() cqrs.RequestFunc[Count, int] { return nil },
			func() cqrs.StreamFunc[Export, int] { return nil },
			func() cqrs.EventFunc[Joined] { return nil },
			func() secondJoined { return secondJoined{} },
		)
		var panicked *cqrs.PanicError
		require.ErrorAs(t, m.Send(t.Context(), Join{}), &panicked)
		_, err := cqrs.Send(t.Context(), m, Count{})
		require.ErrorAs(t, err, &panicked)
		for _, err := range cqrs.Stream(t.Context(), m, Export{}) {
			require.ErrorAs(t, err, &panicked)
		}
		require.ErrorAs(t, m.Publish(t.Context(), Joined{}), &panicked)
	})
}
