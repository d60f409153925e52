package container

import "reflect"

// TypedConstructor is a constructor that requests call without reflection. See [Typed].
type TypedConstructor struct {
	fn     any
	caller caller
}

// Typed makes requests call a constructor directly, which saves the cost of a call through
// reflection. Use it for values that every request builds. The constructor has one
// parameter, which may be a dig.In struct with any number of fields:
//
//	c.Provide(container.Typed(NewJoinMeetingHandler))
//
//	type JoinMeetingDeps struct {
//		dig.In
//		Store *Store
//		Clock Clock
//	}
//
//	func NewJoinMeetingHandler(d JoinMeetingDeps) *JoinMeetingHandler { ... }
//
// Everything else, including the errors, is as if the constructor itself was provided. For
// a constructor that can fail, see [TypedErr]. Provide a constructor that returns a
// [Finalizer] without Typed.
func Typed[P, T any](ctor func(P) T) TypedConstructor {
	return TypedConstructor{fn: ctor, caller: &typed[P, T]{plain: ctor}}
}

// TypedErr is like [Typed], for a constructor that may fail.
func TypedErr[P, T any](ctor func(P) (T, error)) TypedConstructor {
	return TypedConstructor{fn: ctor, caller: &typed[P, T]{fallible: ctor}}
}

// caller calls a typed constructor.
type caller interface {
	// prepare returns a function that calls the constructor with a constant argument. If
	// the constructor fails, that function returns explain of the error.
	prepare(arg reflect.Value, explain func(error) error) func() (any, error)
	// call calls the constructor of a node with an argument from a scope. failed reports that the
	// constructor itself failed, as opposed to building its argument.
	call(s *scope, n *node) (result any, failed bool, err error)
}

type typed[P, T any] struct {
	plain    func(P) T
	fallible func(P) (T, error)
}

func (t *typed[P, T]) prepare(arg reflect.Value, explain func(error) error) func() (any, error) {
	p, _ := arg.Interface().(P)
	if t.fallible == nil {
		return func() (any, error) { return t.plain(p), nil }
	}
	return func() (any, error) {
		result, err := t.fallible(p)
		if err != nil {
			return nil, explain(err)
		}
		return result, nil
	}
}

func (t *typed[P, T]) call(s *scope, n *node) (any, bool, error) {
	var p P
	arg := n.args[0]
	if arg.kind == fromObject && len(arg.overlays) == 0 {
		to := new(P)
		if err := s.fill(reflect.ValueOf(to).Elem(), arg); err != nil {
			return nil, false, err
		}
		p = *to
	} else {
		v, err := s.resolve(arg)
		if err != nil {
			return nil, false, err
		}
		p, _ = v.Interface().(P) // not ok only for a nil of an interface type
	}
	if s.watcher != nil {
		return t.callWatched(s, n, p)
	}
	result, err := t.construct(p)
	return result, err != nil, err
}

// callWatched is the end of call in a scope with a watcher.
func (t *typed[P, T]) callWatched(s *scope, n *node, p P) (result any, failed bool, err error) {
	err = s.construct(n, func() (finalizers int, err error) {
		result, err = t.construct(p)
		return 0, err
	})
	return result, err != nil, err
}

func (t *typed[P, T]) construct(p P) (any, error) {
	if t.fallible == nil {
		return t.plain(p), nil
	}
	return t.fallible(p)
}

// untyped returns the function of a typed constructor and its caller. It returns any other
// fn unchanged.
func untyped(fn any) (any, caller) {
	if t, ok := fn.(TypedConstructor); ok {
		return t.fn, t.caller
	}
	return fn, nil
}

// callTyped calls a typed constructor with its argument from the scope.
func (s *scope) callTyped(n *node) (any, error) {
	if n.missing != nil {
		return nil, n.missing
	}
	if n.prepared != nil && s.watcher == nil {
		return n.prepared()
	}
	result, failed, err := n.ctor.caller.call(s, n)
	if failed {
		err = buildError(n.ctor, err)
	}
	return result, err
}

// boxed returns the only result of a typed constructor as a result list.
func (n *node) boxed(result any) []reflect.Value {
	if result == nil { // nil of an interface type
		return []reflect.Value{reflect.Zero(n.ctor.fn.Type().Out(0))}
	}
	return []reflect.Value{reflect.ValueOf(result)}
}
