package bootstrap_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestLogger_that_panics(t *testing.T) {
	t.Parallel()
	for where, log := range testkit.PanickingLoggers() {
		t.Run("in "+where+" has no effect on requests", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			commits, falls := 0, 0
			a.provide(func() (*session, container.Finalizer) {
				return &session{}, func(_ context.Context, outcome error) error {
					if outcome == nil {
						commits++
						return nil
					}
					return errDown
				}
			}, container.Scoped())
			command(a, func(_ context.Context, h *handler[join, *session], _ join) error { h.Record(joined{}); return nil })
			command(a, func(context.Context, *handler[leave, nothing], leave) error { panic("boom") })
			on(a, func(context.Context, *handler[joined, nothing], joined) error { panic("boom") }, cqrs.AfterScope())
			type streamer struct{ exportHandler }
			a.provide(func(*session) *streamer {
				return &streamer{exportHandler{func(export) iter.Seq2[string, error] { return ends("a", "b") }}}
			})
			a.bind(func(m *cqrs.RequestMap) { cqrs.BindStream[*streamer](m) })
			type primary struct{ readHandler }
			falling := func(read) (string, error) { falls++; return "", errDown }
			a.provide(func() *primary { return &primary{readHandler{falling}} })
			a.provide(func() *readHandler { return &readHandler{func(read) (string, error) { return "all", nil }} })
			a.bind(func(m *cqrs.RequestMap) {
				cqrs.BindTarget(m, cqrs.Fallback(cqrs.RequestTarget[*primary](), cqrs.RequestTarget[*readHandler](), nil))
			})
			m := a.start(bootstrap.WithLogger(log), bootstrap.WithEventConcurrency(4))

			err := m.Send(t.Context(), join{})
			assert.True(t, cqrs.Done(err))
			assert.Len(t, cqrs.EventErrors(err), 1)
			assert.Equal(t, 1, commits)

			p, ok := m.Send(t.Context(), leave{}).(*cqrs.PanicError)
			require.True(t, ok)
			assert.Equal(t, "boom", p.Value)

			got, err := cqrs.Send(t.Context(), m, read{})
			require.NoError(t, err)
			assert.Equal(t, "all", got)
			assert.Equal(t, 1, falls)

			for range cqrs.Stream(t.Context(), m, export{}) {
				break // whose finalizer returns an error that nobody receives any more
			}
			type unhandled struct{ cqrs.DomainEvent }
			require.NoError(t, m.Publish(t.Context(), unhandled{}))
			require.Error(t, m.Publish(t.Context(), joined{}, joined{}, joined{}), "on several goroutines")
		})
	}
}

func TestNew_brokenErrors(t *testing.T) {
	t.Parallel()
	for what, bad := range broken.Errors() {
		t.Run("names a start-up function that returns "+what, func(t *testing.T) {
			t.Parallel()
			_, err := bootstrap.New(container.New(), nil, nil, bootstrap.WithOnStartup(func() error { return bad }))
			require.ErrorIs(t, err, bootstrap.ErrStartup)
			assert.True(t, safe.Contains(err, bad))
			assert.NotPanics(t, func() { _ = fmt.Sprintf("%v%+v", err.Error(), err) })
		})

		t.Run("names a mapper and a start-up function that panic with "+what, func(t *testing.T) {
			t.Parallel()
			_, err := bootstrap.New(container.New(), func(*cqrs.RequestMap) { panic(bad) }, nil)
			assert.True(t, safe.Contains(err, bad))
			assert.NotPanics(t, func() { _ = fmt.Sprintf("%v%+v", err.Error(), err) })
			_, err = bootstrap.New(container.New(), nil, nil, bootstrap.WithOnStartup(func() error { panic(bad) }))
			assert.True(t, safe.Contains(err, bad))
			assert.NotPanics(t, func() { _ = fmt.Sprintf("%v%+v", err.Error(), err) })
		})

		t.Run("quotes a check that reports "+what, func(t *testing.T) {
			t.Parallel()
			check := cqrs.Checked(func([]*cqrs.Binding) []error { return []error{bad, errOther} })
			_, err := bootstrap.New(container.New(), nil, nil, bootstrap.WithMiddleware(check))
			assert.True(t, safe.Contains(err, bad))
			assert.True(t, safe.Contains(err, errOther))
			assert.NotPanics(t, func() { _ = fmt.Sprintf("%v%+v", err.Error(), err) })
		})

		if bad == error(broken.Endless{}) {
			continue // dig itself unwraps it forever
		}
		t.Run("reports a constructor of a singleton that fails with "+what, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.provide(func() (*database, error) { return nil, bad })
			command(a, func(context.Context, *handler[join, *database], join) error { return nil })
			_, err := a.new()
			require.Error(t, err)
			assert.NotPanics(t, func() { _ = fmt.Sprintf("%v%+v", err.Error(), err) })
		})
	}
}

// TestNew_panic_of_nil covers programs in which recover may return nil for a panic. That
// is set for all goroutines, so the test is not parallel.
func TestNew_panic_of_nil(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	_, err := bootstrap.New(container.New(), nil, nil, bootstrap.WithOnStartup(func() error { panic(nil) }))
	require.ErrorIs(t, err, bootstrap.ErrStartup)
	_, err = bootstrap.New(container.New(), func(*cqrs.RequestMap) { panic(nil) }, nil)
	require.ErrorIs(t, err, bootstrap.ErrMapper)
}
