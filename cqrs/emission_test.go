package cqrs_test

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Handlers of Join that declare what they record in different ways.
type (
	declaresNothing struct{ joins }
	recordsAnything struct {
		joins
		cqrs.EventRecorder
	}
	declaresOne struct {
		joins
		cqrs.Records1[Joined]
	}
	declaresFour struct {
		joins
		cqrs.Records4[Joined, Left, Greeted, RoomClosed]
	}
	declaresThree struct {
		joins
		cqrs.Records3[Joined, Left, Joined]
	}
	declaresInBase     struct{ declaresOne }
	declaresByPointer  struct{ *declaresOne }
	declaresAsValue    struct{ declaresOne }
	declaresItsOwnWay  struct{ joins }
	declaresInField    struct{ declaredLater declaresOne }
	declaresInterfaces interface {
		cqrs.EventSource
		Handle(context.Context, Join) error
	}
	joins struct{}
)

func (joins) Handle(context.Context, Join) error            { return nil }
func (*declaresInField) Handle(context.Context, Join) error { return nil }
func (declaresItsOwnWay) Events() []cqrs.Event              { return nil }

var _ = declaresInField{}.declaredLater

func TestBinding_Emits(t *testing.T) {
	t.Parallel()
	joined, left, greeted := reflect.TypeFor[Joined](), reflect.TypeFor[Left](), reflect.TypeFor[Greeted]()
	emits := func(bind func(*cqrs.RequestMap)) []reflect.Type {
		var m cqrs.RequestMap
		bind(&m)
		require.Empty(t, m.Errors())
		b := m.Bindings()[0]
		return b.Emits(b.Handler())
	}

	for name, test := range map[string]struct {
		bind func(*cqrs.RequestMap)
		want []reflect.Type
	}{
		"no recorder":       {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresNothing](m) }, nil},
		"an EventRecorder":  {func(m *cqrs.RequestMap) { cqrs.BindCommand[*recordsAnything](m) }, nil},
		"one":               {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresOne](m) }, []reflect.Type{joined}},
		"one twice":         {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresThree](m) }, []reflect.Type{joined, left}},
		"a base":            {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresInBase](m) }, []reflect.Type{joined}},
		"a pointer":         {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresByPointer](m) }, []reflect.Type{joined}},
		"a pointer in it":   {func(m *cqrs.RequestMap) { cqrs.BindCommand[declaresByPointer](m) }, []reflect.Type{joined}},
		"a field":           {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresInField](m) }, nil},
		"its own Events":    {func(m *cqrs.RequestMap) { cqrs.BindCommand[declaresItsOwnWay](m) }, nil},
		"an interface":      {func(m *cqrs.RequestMap) { cqrs.BindCommand[declaresInterfaces](m) }, nil},
		"a function":        {func(m *cqrs.RequestMap) { cqrs.BindCommand[cqrs.CommandFunc[Join]](m) }, nil},
		"several":           {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresFour](m) }, []reflect.Type{joined, left, greeted, reflect.TypeFor[RoomClosed]()}},
		"an option":         {func(m *cqrs.RequestMap) { cqrs.BindCommand[cqrs.CommandFunc[Join]](m, cqrs.Emits[Left]()) }, []reflect.Type{left}},
		"a type and option": {func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaresOne](m, cqrs.Emits[Left](), cqrs.Emits[Joined]()) }, []reflect.Type{joined, left}},
	} {
		t.Run("returns what a handler declares with "+name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, emits(test.bind))
		})
	}

	t.Run("returns what each handler of a target declares", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindTarget(&m, cqrs.Chain(
			cqrs.CommandTarget[*declaresOne](), cqrs.Fallback(cqrs.CommandTarget[*declaresNothing](),
				cqrs.CommandTarget[*declaresThree](), nil)), cqrs.Emits[Greeted]())
		require.Empty(t, m.Errors())
		b := m.Bindings()[0]
		assert.Equal(t, []reflect.Type{joined, greeted}, b.Emits(reflect.TypeFor[*declaresOne]()))
		assert.Equal(t, []reflect.Type{greeted}, b.Emits(reflect.TypeFor[*declaresNothing]()))
		assert.Equal(t, []reflect.Type{joined, left, greeted}, b.Emits(reflect.TypeFor[*declaresThree]()))
		assert.Nil(t, b.Emits(reflect.TypeFor[*declaresFour]()))
		assert.Nil(t, b.Emits(nil))
	})

	t.Run("is in the topology", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *declaresOne { return new(declaresOne) })
		a.requests = append(a.requests, func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*declaresOne](m, cqrs.Emits[Left]())
		})
		app := a.start().Topology()
		of := reflect.TypeFor[Joined]().PkgPath()
		assert.Equal(t, []string{of + ".Joined", of + ".Left"}, app.Requests[0].Plan.Handler.Records)
		require.Len(t, app.Events, 2)
		assert.Equal(t, of+".Joined", app.Events[0].Message)
	})

	t.Run("has an option with a name", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "Emits[cqrs_test.Left]()", cqrs.Emits[Left]().String())
	})
}

// A handler with one recorder too many would lose events.
func TestBind_SeveralRecorders(t *testing.T) {
	t.Parallel()
	type (
		equal struct {
			joins
			cqrs.EventRecorder
			cqrs.Records2[Joined, Left]
		}
		hidden struct {
			declaresOne
			cqrs.Records2[Joined, Left]
		}
	)
	var m cqrs.RequestMap
	cqrs.BindCommand[*equal](&m)
	cqrs.BindCommand[*hidden](&m)
	require.Len(t, m.Errors(), 2)
	require.ErrorIs(t, m.Errors()[0], cqrs.ErrLostEvents)
	require.ErrorIs(t, m.Errors()[1], cqrs.ErrLostEvents)
}

// notes provides and binds a handler of E that notes its name and records nothing.
func notes[E cqrs.Event](a *app, name string) {
	a.t.Helper()
	a.provide(func() cqrs.EventFunc[E] {
		return func(_ context.Context, e E) error {
			a.note("%s %d", name, numberOf(e))
			return nil
		}
	})
	a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEvent[cqrs.EventFunc[E]](m) })
}

// Each function records, or publishes, events that a handler of its kind does not declare.
func TestProvenEvents_Undeclared(t *testing.T) {
	t.Parallel()
	declared := cqrs.Emits[Joined]()
	allHandled := func(a *app) {
		notes[Joined](a, "joined")
		notes[Left](a, "left")
		a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.DeclarePublished[Left](m) })
	}
	start := func(t *testing.T, a *app) *cqrs.Mediator {
		allHandled(a)
		return a.start(bootstrap.WithProvenEvents())
	}
	recording := func(events ...cqrs.Event) func(context.Context, *self[nothing], Join) error {
		return func(_ context.Context, h *self[nothing], _ Join) error {
			h.Record(events...)
			return nil
		}
	}

	t.Run("fails a command, and delivers nothing", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, recording(Joined{N: 1}, Left{N: 2})), declared)
		err := start(t, a).Send(t.Context(), Join{})
		require.ErrorIs(t, err, cqrs.ErrUndeclaredEvent)
		assert.Empty(t, a.notes())
	})

	t.Run("fails a request with a scope, which is rolled back", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		bindTarget(a, commandTo[first](a, func(_ context.Context, h *self[*tx], _ Join) error {
			h.Record(Left{})
			return nil
		}), declared)
		err := start(t, a).Send(t.Context(), Join{})
		require.ErrorIs(t, err, cqrs.ErrUndeclaredEvent)
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("fails a handler that passes the message on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Chain(passes[first](a, "first", Left{}), counts[second](a, "second", 1, nil)), declared)
		_, err := cqrs.Send(t.Context(), start(t, a), Count{})
		require.ErrorIs(t, err, cqrs.ErrUndeclaredEvent)
		assert.Equal(t, []string{"build first", "run first"}, a.notes())
	})

	t.Run("does not matter for the primary of a fallback, whose events are dropped", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Fallback(counts[first](a, "first", 0, errPrimary, Left{}),
			counts[second](a, "second", 1, nil, Joined{N: 1}), nil), declared)
		_, err := cqrs.Send(t.Context(), start(t, a), Count{})
		require.NoError(t, err)
		assert.Contains(t, a.notes(), "joined 1")
	})

	t.Run("ends a stream before the item", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, streamTo[first](a, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				h.Record(Joined{N: 1})
				if yield(1, nil) {
					h.Record(Left{N: 2})
					yield(2, nil)
				}
			}
		}), declared)
		var got []string
		for item, err := range cqrs.Stream(t.Context(), start(t, a), Export{}) {
			got = append(got, fmt.Sprint(item, err != nil))
			if err != nil {
				require.ErrorIs(t, err, cqrs.ErrUndeclaredEvent)
			}
		}
		assert.Equal(t, []string{"1 false", "0 true"}, got)
		assert.Equal(t, []string{"joined 1"}, a.notes())
	})

	t.Run("ends a stream that passes the message on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		link := func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				h.Record(Left{N: 2})
				yield(0, cqrs.ErrNotHandled)
			}
		}
		bindTarget(a, cqrs.Chain(streamTo[first](a, link), streamTo[second](a, link)), declared)
		for _, err := range cqrs.Stream(t.Context(), start(t, a), Export{}) {
			require.ErrorIs(t, err, cqrs.ErrUndeclaredEvent)
		}
		assert.Empty(t, a.notes())
	})

	t.Run("fails an event handler, and with it the request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, recording(Joined{N: 1})), declared)
		bindEventTarget(a, eventTo[second](a, func(_ context.Context, h *self[nothing], _ Joined) error {
			h.Record(Joined{})
			return nil
		}), cqrs.Emits[Left]())
		err := start(t, a).Send(t.Context(), Join{})
		require.ErrorIs(t, err, cqrs.ErrUndeclaredEvent)
		require.Len(t, eventErrors(err), 1)
		assert.Equal(t, []string(nil), a.notes())
	})

	t.Run("fails an after-scope handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, recording(Joined{N: 1})), declared)
		bindEventTarget(a, eventTo[second](a, func(_ context.Context, h *self[nothing], _ Joined) error {
			h.Record(Joined{})
			return nil
		}), cqrs.Emits[Left](), cqrs.AfterScope())
		err := start(t, a).Send(t.Context(), Join{})
		require.ErrorIs(t, err, cqrs.ErrUndeclaredEvent)
		assert.True(t, cqrs.Done(err))
	})

	t.Run("belongs to the handler that records, not to one that sends", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func(s cqrs.Sender) cqrs.CommandFunc[Join] {
			return func(ctx context.Context, _ Join) error { return s.Send(ctx, Leave{N: 1}) }
		})
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[cqrs.CommandFunc[Join]](m) })
		bindTarget(a, commandTo[first](a, func(_ context.Context, h *self[nothing], c Leave) error {
			h.Record(Left{N: c.N})
			return nil
		}), cqrs.Emits[Left]())
		notes[Left](a, "left")
		require.NoError(t, a.start(bootstrap.WithProvenEvents()).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"left 1"}, a.notes())
	})

	t.Run("is an error of Publish", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			return h.need.Publish(ctx, Joined{N: 1}, Greeted{N: 2})
		}), declared)
		m := start(t, a)
		require.ErrorIs(t, m.Publish(t.Context(), Left{N: 3}, Greeted{}), cqrs.ErrUndeclaredEvent)
		require.ErrorIs(t, m.Send(t.Context(), Join{}), cqrs.ErrUndeclaredEvent)
		require.ErrorIs(t, m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			return s.Publish(ctx, Greeted{})
		}), cqrs.ErrUndeclaredEvent)
		assert.Empty(t, a.notes())
		require.NoError(t, m.Publish(t.Context(), Left{N: 4}, Joined{N: 5}))
		assert.Equal(t, []string{"left 4", "joined 5"}, a.notes())
	})

	t.Run("leaves the errors of pointers and nil as they are", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, recording(&Joined{})), declared)
		m := start(t, a)
		require.ErrorIs(t, m.Send(t.Context(), Join{}), cqrs.ErrPointer)
		require.ErrorIs(t, m.Publish(t.Context(), &Left{}), cqrs.ErrPointer)
		require.ErrorIs(t, m.Publish(t.Context(), nil), cqrs.ErrNilMessage)
	})

	t.Run("is allowed by default", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, recording(Joined{N: 1}, Left{N: 2})), declared)
		allHandled(a)
		m := a.start()
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Publish(t.Context(), Joined{N: 3}))
		assert.Equal(t, []string{"joined 1", "left 2", "joined 3"}, a.notes())
	})
}
