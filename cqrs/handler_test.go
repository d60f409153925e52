package cqrs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestEventRecorder(t *testing.T) {
	t.Parallel()

	t.Run("returns the recorded events, oldest first, and keeps them", func(t *testing.T) {
		t.Parallel()
		var r cqrs.EventRecorder
		assert.Empty(t, r.Events())
		r.Record(Joined{N: 1}, Joined{N: 2})
		r.Record(Left{N: 3})
		for range 2 {
			assert.Equal(t, []cqrs.Event{Joined{N: 1}, Joined{N: 2}, Left{N: 3}}, r.Events())
		}
	})
}
