package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"pgregory.net/rapid"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// The events of random applications, two of which implement an interface.
type (
	drawn0 struct{ cqrs.DomainEvent }
	drawn1 struct{ cqrs.DomainEvent }
	drawn2 struct{ cqrs.DomainEvent }
	drawn3 struct {
		cqrs.DomainEvent
		marked
	}
	drawn4 struct {
		cqrs.DomainEvent
		marked
	}
	drawnMarked interface {
		cqrs.Event
		mark()
	}
	marked struct{}
)

func (marked) mark() {}

// drawnHandler handles E. An event has one for each slot.
type drawnHandler[E, Slot any] struct{}

func (drawnHandler[E, Slot]) Handle(context.Context, E) error { return nil }

// drawnEvent is a type of event, or an interface, of random applications.
type drawnEvent struct {
	t       reflect.Type
	emits   cqrs.BindOption // nil for an interface, as is declare
	declare func(*cqrs.EventMap)
	slots   [2]func(*cqrs.EventMap, ...cqrs.EventOption)
}

func newDrawnEvent[E cqrs.Event]() drawnEvent {
	return drawnEvent{
		t: reflect.TypeFor[E](), emits: cqrs.Emits[E](), declare: cqrs.DeclarePublished[E],
		slots: [2]func(*cqrs.EventMap, ...cqrs.EventOption){
			cqrs.BindEvent[drawnHandler[E, first]], cqrs.BindEvent[drawnHandler[E, second]],
		},
	}
}

var drawnEvents = []drawnEvent{
	newDrawnEvent[drawn0](), newDrawnEvent[drawn1](), newDrawnEvent[drawn2](), newDrawnEvent[drawn3](),
	newDrawnEvent[drawn4](), newDrawnEvent[drawnMarked](),
}

// structs is how many of these are events; the last is an interface.
const structs = 5

func newDrawnContainer(t *rapid.T) *container.Container {
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() (h drawnHandler[drawn0, first]) { return h }, func() (h drawnHandler[drawn0, second]) { return h },
		func() (h drawnHandler[drawn1, first]) { return h }, func() (h drawnHandler[drawn1, second]) { return h },
		func() (h drawnHandler[drawn2, first]) { return h }, func() (h drawnHandler[drawn2, second]) { return h },
		func() (h drawnHandler[drawn3, first]) { return h }, func() (h drawnHandler[drawn3, second]) { return h },
		func() (h drawnHandler[drawn4, first]) { return h }, func() (h drawnHandler[drawn4, second]) { return h },
		func() (h drawnHandler[drawnMarked, first]) { return h }, func() (h drawnHandler[drawnMarked, second]) { return h },
		func() (h drawnHandler[Join, first]) { return h },
	))
	return c
}

// drawnApp is a random application as data.
type drawnApp struct {
	command   []int // the events that the handler of the command emits
	published []int
	bound     [structs + 1][2]bool
	emits     [structs + 1][2][]int // what each handler emits
}

func drawApp(t *rapid.T) (a drawnApp) {
	some := rapid.SliceOfNDistinct(rapid.IntRange(0, structs-1), 0, 2, rapid.ID)
	a.command, a.published = some.Draw(t, "command"), some.Draw(t, "published")
	for e := range a.bound {
		for slot := range a.bound[e] {
			if a.bound[e][slot] = rapid.Bool().Draw(t, "bound"); a.bound[e][slot] {
				a.emits[e][slot] = some.Draw(t, "emits")
			}
		}
	}
	return a
}

func (a drawnApp) start(t *rapid.T) error {
	_, err := bootstrap.New(newDrawnContainer(t), func(m *cqrs.RequestMap) {
		var opts []cqrs.BindOption
		for _, e := range a.command {
			opts = append(opts, drawnEvents[e].emits)
		}
		cqrs.BindCommand[drawnHandler[Join, first]](m, opts...)
	}, func(m *cqrs.EventMap) {
		for _, e := range a.published {
			drawnEvents[e].declare(m)
		}
		for e := range a.bound {
			for slot, bound := range a.bound[e] {
				var opts []cqrs.EventOption
				for _, emitted := range a.emits[e][slot] {
					opts = append(opts, drawnEvents[emitted].emits)
				}
				if bound {
					drawnEvents[e].slots[slot](m, opts...)
				}
			}
		}
	}, bootstrap.WithProvenEvents(), bootstrap.WithLogger(zap.NewNop()))
	return err
}

// takes reports whether subscriptions to an event or an interface receive an event.
func takes(of, event int) bool { return of == event || of == structs && event >= 3 }

// leadsTo reports whether a handler that receives one event emits another.
func (a drawnApp) leadsTo(from, to int) bool {
	for of := range a.emits {
		for _, emitted := range a.emits[of] {
			if takes(of, from) && slices.Contains(emitted, to) {
				return true
			}
		}
	}
	return false
}

// closure returns which event leads to which, by any number of steps.
func (a drawnApp) closure() (reaches [structs][structs]bool) {
	for from := range structs {
		for to := range structs {
			reaches[from][to] = a.leadsTo(from, to)
		}
	}
	for by := range structs {
		for from := range structs {
			for to := range structs {
				reaches[from][to] = reaches[from][to] || reaches[from][by] && reaches[by][to]
			}
		}
	}
	return reaches
}

// expected returns the problems of the application, in no particular order. A cycle is described by all
// events that lead to one another.
func (a drawnApp) expected() (problems []string) {
	reaches := a.closure()
	var declared, handled, live [structs]bool
	anyBound := false
	roots := slices.Concat(a.command, a.published)
	for e := range structs {
		declared[e] = slices.Contains(roots, e)
		live[e] = slices.ContainsFunc(roots, func(root int) bool { return root == e || reaches[root][e] })
		for of := range a.bound {
			for slot, bound := range a.bound[of] {
				anyBound = anyBound || bound
				handled[e] = handled[e] || bound && takes(of, e)
				declared[e] = declared[e] || slices.Contains(a.emits[of][slot], e)
			}
		}
	}
	for e := range structs {
		if declared[e] && !handled[e] && anyBound {
			problems = append(problems, fmt.Sprint("unhandled ", drawnEvents[e].t))
		}
		if declared[e] && !anyBound {
			problems = []string{"no mapper"}
		}
		var group []int
		for other := range structs {
			if other == e && reaches[e][e] || reaches[e][other] && reaches[other][e] {
				group = append(group, other)
			}
		}
		if len(group) > 0 && group[0] == e {
			problems = append(problems, fmt.Sprint("cycle ", group))
		}
	}
	for of := range a.bound {
		alive := slices.ContainsFunc([]int{0, 1, 2, 3, 4}, func(e int) bool { return takes(of, e) && live[e] })
		for slot, bound := range a.bound[of] {
			if bound && !alive {
				problems = append(problems, fmt.Sprintf("dead %v %d", drawnEvents[of].t, slot))
			}
		}
	}
	return problems
}

// found describes the problems that New has found.
func (a drawnApp) found(t *rapid.T, err error) (problems []string) {
	all, _ := errors.AsType[*bootstrap.Error](err)
	if all == nil {
		require.NoError(t, err)
		return nil
	}
	reaches := a.closure()
	for _, p := range all.Problems {
		e, is := p.(*cqrs.EmissionError)
		require.True(t, is, "%v", p)
		switch e.Reason {
		case cqrs.ErrUnhandledEvent:
			if e.Event == nil {
				problems = append(problems, "no mapper")
			} else {
				problems = append(problems, fmt.Sprint("unhandled ", e.Event))
			}
		case cqrs.ErrDeadHandler:
			slot := 0
			if e.Binding.Handler() == secondOf(e.Event) {
				slot = 1
			}
			problems = append(problems, fmt.Sprintf("dead %v %d", e.Event, slot))
		case cqrs.ErrEventCycle:
			first := a.checkPath(t, e.Path)
			var group []int
			for other := range structs {
				if reaches[first][other] && reaches[other][first] {
					group = append(group, other)
				}
			}
			problems = append(problems, fmt.Sprint("cycle ", group))
		default:
			require.Fail(t, "unexpected", "%v", e)
		}
	}
	return problems
}

// secondOf returns the type of the handler in the second slot.
func secondOf(event reflect.Type) reflect.Type {
	for _, e := range drawnEvents {
		if e.t == event {
			var m cqrs.EventMap
			e.slots[1](&m)
			return m.Bindings()[0].Handler()
		}
	}
	return nil
}

// checkPath checks that a path is a cycle without repetitions, and returns its first event.
func (a drawnApp) checkPath(t *rapid.T, path []reflect.Type) int {
	index := func(of reflect.Type) int {
		return slices.IndexFunc(drawnEvents, func(e drawnEvent) bool { return e.t == of })
	}
	require.GreaterOrEqual(t, len(path), 2)
	require.Equal(t, path[0], path[len(path)-1])
	seen := make(map[reflect.Type]bool)
	for i, at := range path[1:] {
		require.False(t, seen[at], "%v", path)
		seen[at] = true
		require.True(t, a.leadsTo(index(path[i]), index(at)), "%v", path)
	}
	return index(path[0])
}

func TestProvenEvents_FindsWhatAModelFinds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := drawApp(t)
		assert.ElementsMatch(t, a.expected(), a.found(t, a.start(t)))
	})
}
