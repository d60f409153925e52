package middleware_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

func TestTimeout_of_messages(t *testing.T) {
	t.Parallel()

	inBubble(t, "asks each message that says its own time", func(t *testing.T, a *app) {
		command(a, waiting[patient](nil))
		m := a.start(middleware.Timeout(seconds(1)))
		for _, d := range []time.Duration{seconds(7), time.Millisecond, -1} {
			start := time.Now()
			err := m.Send(t.Context(), patient{For: d})
			require.NotNil(t, timeoutOf(err), "%v", d)
			assert.Equal(t, d, timeoutOf(err).After)
			assert.Equal(t, max(d, 0), time.Since(start))
		}
	})

	inBubble(t, "sets no deadline for a message that says 0", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, _ *self[nothing], _ patient) error {
			_, limited := ctx.Deadline()
			a.Note("%v", limited)
			return nil
		})
		require.NoError(t, a.start(middleware.Timeout(seconds(1))).Send(t.Context(), patient{}))
		assert.Equal(t, []string{"false"}, a.Notes())
	})

	inBubble(t, "of 0 applies only to messages that set their own", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, _ *self[nothing], _ join) error {
			_, limited := ctx.Deadline()
			a.Note("join %v", limited)
			return nil
		})
		query(a, func(ctx context.Context, _ *self[nothing], _ patientRead) (string, error) {
			_, limited := ctx.Deadline()
			a.Note("read %v", limited)
			return "", nil
		})
		m := a.start(middleware.Timeout(0))
		require.NoError(t, m.Send(t.Context(), join{}))
		_, err := cqrs.Send(t.Context(), m, patientRead{})
		require.NoError(t, err)
		assert.Equal(t, []string{"join false", "read true"}, a.Notes())
	})

	inBubble(t, "does not wrap handlers that do not need it", func(t *testing.T, a *app) {
		command(a, waiting[patient](nil), cqrs.WithMiddleware(middleware.Timeout(0)))
		command(a, sleeping[join](seconds(9), nil))
		m := a.start()
		require.NoError(t, m.Send(t.Context(), join{}))
		require.NotNil(t, timeoutOf(m.Send(t.Context(), patient{For: 1})))
	})
}
