package safe_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// brokenContext panics when asked whether it is cancelled.
type brokenContext struct{ context.Context }

func (brokenContext) Done() <-chan struct{} { panic("Done") }
func (brokenContext) Err() error            { panic("Err") }

func TestContext(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(context.Background())
	require.NoError(t, safe.ContextErr(cancelled))
	cancel()
	require.ErrorIs(t, safe.ContextErr(cancelled), context.Canceled)
	require.NoError(t, safe.ContextErr(brokenContext{}))
	assert.True(t, safe.NeverCancelled(context.Background()))
	assert.False(t, safe.NeverCancelled(cancelled))
	assert.False(t, safe.NeverCancelled(brokenContext{}))
}
