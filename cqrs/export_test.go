package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// HasShortWay reports whether requests of the message's type can take the short way.
func HasShortWay(m *Mediator, message any) bool {
	return m.routes[typeID(reflect.TypeOf(message))].short != nil
}

// Turn, Queue and Causation are tested on their own.
type (
	Turn      = turn
	Queue     = queue
	Causation = causation
)

func (t *turn) TryEnter(i int32) bool { return t.tryEnter(i) }
func (t *turn) Enter(i int32) bool    { return t.enter(i) }
func (t *turn) IsTaken(i int32) bool  { return t.isTaken(i) }
func (t *turn) IsAgain() bool         { return t.isAgain() }
func (t *turn) Finish(i int32)        { t.finish(i) }
func (t *turn) Leave(i int32)         { t.leave(i) }

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
func Similar(a, b string) bool            { return similar(a, b) }
func Distance(a, b string) int            { return distance(a, b) }
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
