package cqrs

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/embedding"
)

// Records1 makes the handler that embeds it an [EventSource] that records events of type A, and
// declares that: the compiler rejects any other event. It costs what [EventRecorder] costs.
//
//	type JoinMeetingHandler struct{ cqrs.Records1[UserJoined] }
//
// What handlers declare is checked with bootstrap.WithProvenEvents. The zero value is ready to
// use. It is not safe for concurrent use.
type Records1[A Event] struct {
	declares[func(A)]
	recorder EventRecorder
}

// Record adds events, as [EventRecorder.Record] does.
func (r *Records1[A]) Record(events ...A) {
	all := &r.recorder
	all.reserve(len(events))
	for _, e := range events {
		all.recorded = append(all.recorded, e)
	}
}

// Events returns the recorded events, oldest first. The caller must not modify the result.
func (r *Records1[A]) Events() []Event { return r.recorder.Events() }

// Records2 is an [EventRecorder] that declares two types of events. Go has no parameter that
// takes one of two types, so Record takes any event: with bootstrap.WithProvenEvents, a request
// fails with [ErrUndeclaredEvent] if its handler has recorded another. Otherwise it is like
// [Records1]. For more than four types, see [Emits].
type Records2[A, B Event] struct {
	declares[func(A, B)]
	EventRecorder
}

// Records3 declares three types of events; see [Records2].
type Records3[A, B, C Event] struct {
	declares[func(A, B, C)]
	EventRecorder
}

// Records4 declares four types of events; see [Records2].
type Records4[A, B, C, D Event] struct {
	declares[func(A, B, C, D)]
	EventRecorder
}

// declares declares the parameters of the function type F as recorded events. It takes no space,
// since it is the first field of a recorder.
type declares[F any] struct{ _ [0]F }

func (declares[F]) declaresEvents() {}

// isDeclares reports whether t is declares of some function type. Types that embed one have
// its method as well, but no array.
func isDeclares(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type.Kind() == reflect.Array &&
		t.Implements(reflect.TypeFor[interface{ declaresEvents() }]())
}

// isRecorder reports whether t is EventRecorder or a type like Records1.
func isRecorder(t reflect.Type) bool {
	return t == reflect.TypeFor[EventRecorder]() ||
		t.Kind() == reflect.Struct && t.NumField() > 0 && isDeclares(t.Field(0).Type)
}

// recordersOf returns the types of the recorders that a handler embeds, the shallowest first.
func recordersOf(handler reflect.Type) (all []reflect.Type) {
	return slices.Collect(embedding.All(handler, isRecorder))
}

// declaredBy returns the types of events that the recorder of a handler declares.
func declaredBy(handler reflect.Type) (events []reflect.Type) {
	recorder := embedding.Shallowest(handler, isRecorder)
	if recorder == nil || recorder == reflect.TypeFor[EventRecorder]() {
		return nil
	}
	list := recorder.Field(0).Type.Field(0).Type.Elem() // a function type
	for i := range list.NumIn() {
		events = append(events, list.In(i))
	}
	return events
}
