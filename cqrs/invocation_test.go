package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// trail is the context key of the messages that led to a message.
type trail struct{}

// trailing adds the type of the message to the trail of the context.
func trailing(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(context.WithValue(ctx, trail{}, trailOf(ctx)+in.Binding().Message().Name()+"/"), in)
}

func trailOf(ctx context.Context) string {
	text, _ := ctx.Value(trail{}).(string)
	return text
}

func TestInvocation_Origin(t *testing.T) {
	t.Parallel()

	// tracing notes the origin of events.
	tracing := func(a *app) bootstrap.Option {
		return with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if in.Origin() == nil {
				a.note("%T has none", in.Message())
			} else {
				a.note("%T of %s", in.Message(), trailOf(in.Origin()))
			}
			return next(ctx, in)
		})
	}
	recording := func(t *testing.T) *app {
		a := newApp(t)
		command(a, func(_ context.Context, h *self[nothing], _ Join) error { h.Record(Joined{}); return nil })
		on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Left{}); return nil })
		on[first](a, func(context.Context, *self[nothing], Left) error { return nil }, cqrs.AfterScope())
		return a
	}

	t.Run("is nil for other messages", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a)
		stream(a, itemsOf(1))
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Join{}) })
		m := a.start(tracing(a))
		require.NoError(t, m.Send(t.Context(), Leave{}))
		_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.NoError(t, err)
		assert.Equal(t, []string{"cqrs_test.Leave has none", "cqrs_test.Join has none",
			"join", "cqrs_test.Export has none", "commit 1"}, a.notes())
	})

	t.Run("is the context of the request", func(t *testing.T) {
		t.Parallel()
		a := recording(t)
		ctx := context.WithValue(t.Context(), trail{}, "caller/")
		require.NoError(t, a.start(tracing(a)).Send(ctx, Join{}))
		assert.Equal(t, []string{"cqrs_test.Join has none", "cqrs_test.Joined of caller/", "cqrs_test.Left of caller/"},
			a.notes())
	})

	t.Run("is the context passed to Publish, PublishTo or the Publish of a Sender", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return nil }, cqrs.SubscriptionName("first"))
		m := a.start(tracing(a))
		ctx := context.WithValue(t.Context(), trail{}, "caller/")
		require.NoError(t, m.Publish(ctx, Joined{}))
		require.NoError(t, m.PublishTo(ctx, "first", Joined{}))
		require.NoError(t, m.Run(t.Context(), func(_ context.Context, s cqrs.Sender) error {
			return s.Publish(ctx, Joined{})
		}))
		assert.Equal(t, []string{"cqrs_test.Joined of caller/", "cqrs_test.Joined of caller/", "cqrs_test.Joined of caller/"},
			a.notes())
	})

	t.Run("has the values that middleware around the scope added", func(t *testing.T) {
		t.Parallel()
		a := recording(t)
		require.NoError(t, a.start(aroundScope(onlyKind(cqrs.KindCommand, trailing)), tracing(a)).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"cqrs_test.Join has none", "cqrs_test.Joined of Join/", "cqrs_test.Left of Join/"},
			a.notes())
	})

	t.Run("has the values that middleware in the scope added for a command", func(t *testing.T) {
		t.Parallel()
		a := recording(t)
		require.NoError(t, a.start(tracing(a), with(trailing)).Send(t.Context(), Join{}))
		notes := a.notes()
		require.Len(t, notes, 3)
		assert.Equal(t, "cqrs_test.Joined of Join/", notes[1])
	})

	t.Run("has the values that middleware in the scope added for an event", func(t *testing.T) {
		t.Parallel()
		a := recording(t)
		ctx := context.WithValue(t.Context(), trail{}, "caller/")
		require.NoError(t, a.start(tracing(a), with(trailing)).Publish(ctx, Joined{}))
		assert.Equal(t, []string{"cqrs_test.Joined of caller/", "cqrs_test.Left of caller/Joined/"}, a.notes())
	})

	t.Run("has the values that middleware in the scope added for a nested command", func(t *testing.T) {
		t.Parallel()
		a := recording(t)
		require.NoError(t, a.start(tracing(a), with(trailing)).Run(t.Context(),
			func(ctx context.Context, s cqrs.Sender) error { return s.Send(ctx, Join{}) }))
		notes := a.notes()
		require.Len(t, notes, 3)
		assert.Equal(t, "cqrs_test.Joined of Join/", notes[1])
	})

	t.Run("has the values that middleware in the scope added for a stream", func(t *testing.T) {
		t.Parallel()
		for _, nested := range []bool{false, true} {
			a := recording(t)
			stream(a, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					h.Record(Joined{})
					yield(1, nil)
					h.Record(Joined{})
				}
			})
			m := a.start(tracing(a), with(onlyKind(cqrs.KindStream, trailing)))
			if nested {
				require.NoError(t, m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
					_, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
					return err
				}))
			} else {
				_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
				require.NoError(t, err)
			}
			joinedNotes := 0
			for _, note := range a.notes() {
				if note == "cqrs_test.Joined of Export/" {
					joinedNotes++
				}
			}
			assert.Equal(t, 2, joinedNotes, "nested: %v", nested)
		}
	})

	t.Run("has the values that middleware in the scope added for each link of a chain", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Chain(passes[first](a, "1", Joined{}), counts[second](a, "2", 22, nil, Joined{})))
		on[first](a, func(context.Context, *self[nothing], Joined) error { return nil })
		_, err := cqrs.Send(t.Context(), a.start(tracing(a), with(onlyKind(cqrs.KindCommand, trailing))), Count{})
		require.NoError(t, err)
		notes := a.notes()
		assert.Equal(t, []string{"cqrs_test.Joined of Count/", "cqrs_test.Joined of Count/"}, notes[len(notes)-2:])
	})

	t.Run("is that of the last attempt, around the scope of an after-scope handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempt := 0
		command(a, func(_ context.Context, h *self[nothing], _ Join) error {
			h.Record(Left{})
			if attempt++; attempt == 1 {
				return errHandler
			}
			return nil
		})
		on[first](a, func(context.Context, *self[nothing], Left) error { return nil }, cqrs.AfterScope())
		require.NoError(t, a.start(aroundScope(onlyKind(cqrs.KindEvent,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				a.note("%s", trailOf(in.Origin()))
				return next(ctx, in)
			}), onlyKind(cqrs.KindCommand, func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if result, err := next(context.WithValue(ctx, trail{}, "first/"), in); err == nil {
				return result, nil
			}
			return next(context.WithValue(ctx, trail{}, "second/"), in)
		}))).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"second/"}, a.notes())
	})

	t.Run("keeps its values when cancelled", func(t *testing.T) {
		t.Parallel()
		a := recording(t)
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), trail{}, "caller/"))
		require.NoError(t, a.start(tracing(a), with(onlyKind(cqrs.KindEvent,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				if in.Binding().Delivery() == cqrs.DeliveryInScope {
					return next(ctx, in)
				}
				cancel()
				require.ErrorIs(t, in.Origin().Err(), context.Canceled)
				assert.Equal(t, "caller/", trailOf(in.Origin()))
				return next(ctx, in)
			}))).Send(ctx, Join{}))
	})
}

func TestInvocation_Spent(t *testing.T) {
	t.Parallel()
	for place, option := range middlewarePlaces {
		t.Run("is true only for a stream whose consumer has an item, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			joinRecords(a)
			stream(a, failingAfter(a))
			var spent []bool
			m := a.start(option(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				before := in.Spent()
				result, err := next(ctx, in)
				spent = append(spent, before, in.Spent())
				return result, err
			}))
			require.NoError(t, m.Send(t.Context(), Join{}))
			assert.Equal(t, []bool{false, false}, spent)
			_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
			require.ErrorIs(t, err, errHandler)
			assert.Equal(t, []bool{false, false, false, true}, spent)
		})
	}
}
