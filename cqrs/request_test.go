package cqrs_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// hostile is a context whose methods panic.
type hostile struct{ context.Context }

func (hostile) Done() <-chan struct{}       { panic("Done") }
func (hostile) Value(any) any               { panic("Value") }
func (hostile) Deadline() (time.Time, bool) { panic("Deadline") }
func (hostile) Err() error                  { panic("Err") }

func TestRequest_ContextThatPanics(t *testing.T) {
	t.Parallel()
	a := newApp(t).withTx()
	command(a, func(_ context.Context, h *self[*tx], c Join) error {
		h.Record(Joined{N: 1})
		if c.N < 0 {
			return errHandler
		}
		return nil
	})
	on[first](a, noting[Joined](a, "joined"), cqrs.AfterScope())
	bindTarget(a, cqrs.Fallback(
		commandTo[first](a, func(context.Context, *self[*tx], Leave) error { return errHandler }),
		commandTo[second](a, func(context.Context, *self[*tx], Leave) error { return nil }), nil))
	m := a.start()
	ctx := hostile{context.Background()}
	require.NoError(t, m.Send(ctx, Join{}))
	assert.Equal(t, []string{"commit 1", "joined 1"}, a.notes())
	require.ErrorIs(t, m.Send(ctx, Join{N: -1}), errHandler)
	assert.Equal(t, []string{"rollback 2"}, a.notes())
	require.NoError(t, m.Send(ctx, Leave{}))
	assert.Equal(t, []string{"commit 3"}, a.notes())
}
