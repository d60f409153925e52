package bootstrap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestLogger_Closed(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var m *cqrs.Mediator
	over, cancel := context.WithCancel(t.Context())
	cancel()
	var closing error
	command(a, func(context.Context, *handler[join, nothing], join) error { closing = m.Close(over); return nil })
	m, logs := observed(a)

	require.NoError(t, m.Send(t.Context(), join{}))
	require.ErrorIs(t, closing, context.Canceled)
	lines := logs.TakeAll()
	require.Len(t, lines, 2)
	assert.Equal(t, "mediator closed", lines[0].Message)
	assert.Equal(t, zapcore.WarnLevel, lines[0].Level)
	assert.Equal(t, map[string]any{"finished": int64(0), "abandoned": int64(1)}, lines[0].ContextMap())

	other := newApp(t)
	m, logs = observed(other)
	require.NoError(t, m.Close(t.Context()))
	require.NoError(t, m.Close(t.Context()), "has nothing to report")
	assert.Equal(t, []line{{zapcore.InfoLevel, map[string]any{"finished": int64(0), "abandoned": int64(0)}}}, linesOf(t, logs))
}
