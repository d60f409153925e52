package cqrs_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// popAll empties the queue.
func popAll(q *cqrs.Queue) (events []cqrs.Event) {
	for {
		e, ok := q.Pop()
		if !ok {
			return events
		}
		events = append(events, e)
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()

	// after returns a queue whose current event is the first of the given ones.
	after := func(t *testing.T, limit int64, events ...cqrs.Event) *cqrs.Queue {
		q := cqrs.NewQueue(limit)
		require.NoError(t, q.Add(nil, events...))
		_, ok := q.Pop()
		require.True(t, ok)
		return q
	}

	t.Run("is first in, first out", func(t *testing.T) {
		t.Parallel()
		q := after(t, 10, joined(1, 2)...)
		require.NoError(t, q.Add(q.Causation(), joined(3)...))
		assert.Equal(t, joined(2, 3), popAll(q))
		require.NoError(t, q.Add(nil, joined(4)...))
		assert.Equal(t, joined(4), popAll(q))
	})

	t.Run("reports the types of the remaining events", func(t *testing.T) {
		t.Parallel()
		q := after(t, 10, Joined{}, Greeted{}, Left{})
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Greeted](), reflect.TypeFor[Left]()}, q.Rest())
		popAll(q)
		assert.Empty(t, q.Rest())
	})

	t.Run("has a causation only while an event is delivered", func(t *testing.T) {
		t.Parallel()
		q := after(t, 10, Joined{})
		assert.Same(t, q.Causation(), q.Causation())
		assert.NotNil(t, q.Causation())
		popAll(q)
		assert.Nil(t, q.Causation())
	})

	t.Run("adds all events or none", func(t *testing.T) {
		t.Parallel()
		q := cqrs.NewQueue(10)
		require.ErrorIs(t, q.Add(nil, Joined{}, nil), cqrs.ErrNilMessage)
		require.ErrorIs(t, q.Add(nil, Joined{}, &Joined{}), cqrs.ErrPointer)
		assert.Empty(t, popAll(q))
	})

	t.Run("limits the events of one root, itself included", func(t *testing.T) {
		t.Parallel()
		q := after(t, 3, Joined{})
		require.NoError(t, q.Add(q.Causation(), Greeted{}))
		_, _ = q.Pop()
		err := q.Add(q.Causation(), Left{}, Joined{})
		var limit *cqrs.EventLimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 3, limit.Limit)
		assert.Equal(t, []reflect.Type{
			reflect.TypeFor[Joined](), reflect.TypeFor[Greeted](), reflect.TypeFor[Joined](),
		}, limit.Path, "the path to the first event in excess")
		require.NoError(t, q.Add(q.Causation(), Left{}), "the rejected events do not count")
		require.Error(t, q.Add(q.Causation(), Left{}))
	})

	t.Run("counts each root on its own", func(t *testing.T) {
		t.Parallel()
		q := after(t, 2, joined(1, 2)...)
		require.NoError(t, q.Add(q.Causation(), Left{}))
		_, _ = q.Pop()
		require.NoError(t, q.Add(q.Causation(), Left{}))
	})

	t.Run("can subtract its follow-up events from the count", func(t *testing.T) {
		t.Parallel()
		q := after(t, 3, Joined{})
		root := q.Causation()
		require.NoError(t, q.Add(root, Left{}, Left{}))
		require.Error(t, q.Add(root, Left{}))
		q.Uncount(root)
		q.Uncount(root) // subtracts nothing more
		require.NoError(t, q.Add(root, Left{}, Left{}))
		require.Error(t, q.Add(root, Left{}))
	})

	t.Run("keeps only its limit when it is reset", func(t *testing.T) {
		t.Parallel()
		q := after(t, 1, joined(1, 2)...)
		q.Reset()
		assert.Empty(t, popAll(q))
		require.NoError(t, q.Add(nil, Joined{}))
		_, _ = q.Pop()
		require.Error(t, q.Add(q.Causation(), Joined{}))
	})
}
