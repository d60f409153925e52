package cqrs_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Handlers with each kind of recorder, on the heap.
type recorders struct {
	any   *struct{ cqrs.EventRecorder }
	one   *struct{ cqrs.Records1[Joined] }
	two   *struct{ cqrs.Records2[Joined, Left] }
	three *struct {
		cqrs.Records3[Joined, Left, Greeted]
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()

	t.Run("returns what was recorded, oldest first", func(t *testing.T) {
		t.Parallel()
		var one cqrs.Records1[Joined]
		assert.Empty(t, one.Events())
		one.Record(Joined{N: 1})
		one.Record(Joined{N: 2}, Joined{N: 3})
		one.Record()
		assert.Equal(t, joined(1, 2, 3), one.Events())
		var two cqrs.Records2[Joined, Left]
		two.Record(Left{N: 1}, Joined{N: 2})
		assert.Equal(t, []cqrs.Event{Left{N: 1}, Joined{N: 2}}, two.Events())
	})

	t.Run("returns what the caller cannot extend", func(t *testing.T) {
		t.Parallel()
		var one cqrs.Records1[Joined]
		one.Record(joinedOnly(1, 2, 3)...)
		_ = append(one.Events(), Left{})
		one.Record(Joined{N: 4})
		assert.Equal(t, joined(1, 2, 3, 4), one.Events())
	})
}

func joinedOnly(numbers ...int) (events []Joined) {
	for _, n := range numbers {
		events = append(events, Joined{N: n})
	}
	return events
}

func TestRecords_costs_what_EventRecorder_costs(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("allocations are counted without the race detector")
	}
	var on recorders
	n := 1000
	for _, events := range []int{0, 1, 2, 5, 100} {
		anything := testing.AllocsPerRun(100, func() {
			on.any = new(struct{ cqrs.EventRecorder })
			for i := range events {
				on.any.Record(Joined{N: n + i})
			}
		})
		assert.InDelta(t, anything, testing.AllocsPerRun(100, func() {
			on.one = new(struct{ cqrs.Records1[Joined] })
			for i := range events {
				on.one.Record(Joined{N: n + i})
			}
		}), 0, "%d events", events)
		assert.InDelta(t, anything, testing.AllocsPerRun(100, func() {
			on.two = new(struct{ cqrs.Records2[Joined, Left] })
			for i := range events {
				on.two.Record(Joined{N: n + i})
			}
		}), 0, "%d events", events)
	}

	t.Run("also if one call records several", func(t *testing.T) {
		anything := testing.AllocsPerRun(100, func() {
			on.any = new(struct{ cqrs.EventRecorder })
			on.any.Record(Joined{N: n}, Joined{N: n + 1}, Joined{N: n + 2})
		})
		assert.InDelta(t, anything, testing.AllocsPerRun(100, func() {
			on.one = new(struct{ cqrs.Records1[Joined] })
			on.one.Record(Joined{N: n}, Joined{N: n + 1}, Joined{N: n + 2})
		}), 0)
	})

	t.Run("takes no more space", func(t *testing.T) {
		want := reflect.TypeFor[cqrs.EventRecorder]().Size()
		assert.Equal(t, want, reflect.TypeFor[cqrs.Records1[Joined]]().Size())
		assert.Equal(t, want, reflect.TypeFor[cqrs.Records4[Joined, Left, Greeted, Joined]]().Size())
	})
}

func BenchmarkRecord(b *testing.B) {
	var on recorders
	b.Run("EventRecorder", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			on.any = new(struct{ cqrs.EventRecorder })
			on.any.Record(Joined{N: n})
		}
	})
	b.Run("Records1", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			on.one = new(struct{ cqrs.Records1[Joined] })
			on.one.Record(Joined{N: n})
		}
	})
	b.Run("Records3", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			on.three = new(struct {
				cqrs.Records3[Joined, Left, Greeted]
			})
			on.three.Record(Joined{N: n})
		}
	})
}
