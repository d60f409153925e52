package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// HasShortWay reports whether requests of the message's type can take the short way.
func HasShortWay(m *Mediator, message any) bool {
	return m.routes.get(reflect.TypeOf(message)).short != nil
}

// TypeTable returns the lookup of a table with the given types, whose values count from 1.
func TypeTable(types []reflect.Type) (get func(reflect.Type) int) {
	table := newTypeTable[int](len(types))
	for i, t := range types {
		table.set(t, i+1)
	}
	return table.get
}

func TypeID(t reflect.Type) uintptr { return typeID(t) }

// Queue and Causation are tested on their own.
type (
	Queue     = queue
	Causation = causation
)

func NewQueue(limit int64) *Queue { return &queue{limit: limit} }

func (q *queue) Add(cause *Causation, events ...Event) error {
	return q.add(recorded{events: events}, cause)
}

func (q *queue) Pop() (Event, bool) {
	e, ok := q.pop()
	return e.event, ok
}

func (q *queue) Causation() *Causation    { return q.causation() }
func (q *queue) Uncount(of *Causation)    { q.uncount(of) }
func (q *queue) Rest() []reflect.Type     { return q.rest() }
func (q *queue) Reset()                   { q.reset() }
func InConstructor() bool                 { return inConstructor() }
func Construct(build func()) (any, error) { return construct(builder{build: build}, 0) }

// builder is a scope whose only constructor is a function.
type builder struct {
	wiring.Scope
	build func()
}

func (b builder) Build(int) (any, error) {
	b.build()
	return nil, nil
}
