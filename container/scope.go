package container

import (
	"context"
	"fmt"
	"reflect"
)

// Supplier supplies the values that belong to a request: context.Context, and the types
// that were passed to [Container.Compile] as supplied.
type Supplier interface {
	// Supply returns the value of type t. kept reports whether the value is for a scoped
	// value, which all handlers of the request may share, and not for the handler that is
	// being built.
	Supply(t reflect.Type, kept bool) any
}

// noSupplier replaces a nil [Supplier].
type noSupplier struct{}

func (noSupplier) Supply(t reflect.Type, _ bool) any {
	if t == contextType {
		return context.Background()
	}
	return nil
}

// Scope holds the values that were built for one request. It is not safe for concurrent
// use. After [Scope.Reset] it is empty again, so scopes can be pooled.
type Scope struct {
	plan       *Plan
	supplier   Supplier
	states     []state
	cells      []reflect.Value
	touched    []*node         // nodes whose state is not fresh
	args       []reflect.Value // a stack of arguments under construction
	finalizers []finalizer
	kept       int // the number of running constructors of scoped values
}

type state uint8

const (
	fresh   state = iota
	running       // a decorator is running; what it asks for is not decorated by itself
	built
)

// NewScope returns an empty scope. If s is nil, the context is context.Background, and
// other supplied values are zero.
func (p *Plan) NewScope(s Supplier) *Scope {
	if s == nil {
		s = noSupplier{}
	}
	return &Scope{
		plan:     p,
		supplier: s,
		states:   make([]state, p.tracked),
		cells:    make([]reflect.Value, p.cells),
	}
}

// Build returns the root with the given index in the call of Compile: for a handler a new
// instance, or the only one if it is a singleton; for a dependency the value that handlers
// receive in this scope. Build first builds what the root needs, unless the scope already
// has it. An error of a constructor is the cause of the returned [*Error]. A panic of a
// constructor is not recovered, and leaves the scope usable.
func (s *Scope) Build(root int) (any, error) {
	s.kept = 0 // a constructor may have panicked
	h := &s.plan.handlers[root]
	if h.from != nil {
		return s.buildValue(h)
	}
	if h.typed() {
		return h.ofTyped(s.callTyped(h.node))
	}
	return h.of(s.call(h.node))
}

// buildValue returns a root that is a singleton or a dependency.
func (s *Scope) buildValue(h *handler) (any, error) {
	if h.isShared() {
		return h.shared, nil
	}
	v, err := s.resolve(h.from)
	if err != nil {
		return nil, valueBuildError(h.from.t, err)
	}
	return v.Interface(), nil
}

// Reset removes everything that was built.
func (s *Scope) Reset() {
	for i, n := range s.touched {
		s.states[n.state] = fresh
		clear(s.cells[n.cell : n.cell+len(n.ctor.results)])
		s.touched[i] = nil
	}
	s.touched = s.touched[:0]
	if len(s.args) > 0 { // a constructor panicked
		clear(s.args[:cap(s.args)])
		s.args = s.args[:0]
	}
	clear(s.finalizers)
	s.finalizers = s.finalizers[:0]
	s.kept = 0
}

// call runs a constructor with arguments from the scope.
func (s *Scope) call(n *node) ([]reflect.Value, error) {
	if n.missing != nil {
		return nil, n.missing
	}
	if n.ctor.caller != nil {
		result, err := s.callTyped(n)
		if err != nil {
			return nil, err
		}
		return n.boxed(result), nil
	}
	args, base := n.fixed, len(s.args)
	if args == nil {
		for _, arg := range n.args {
			v, err := s.resolve(arg)
			if err != nil {
				clear(s.args[base:])
				s.args = s.args[:base]
				return nil, err
			}
			s.args = append(s.args, v)
		}
		args = s.args[base:]
	}
	results, err := n.run(args)
	clear(s.args[base:])
	s.args = s.args[:base]
	if err != nil {
		return nil, err
	}
	for _, i := range n.ctor.finalizers {
		if f := results[i].Interface().(Finalizer); f != nil {
			s.finalizers = append(s.finalizers, finalizer{f, n.ctor})
		}
	}
	return results, nil
}

// ensure runs a constructor unless it has run.
func (s *Scope) ensure(n *node) error {
	if s.states[n.state] == built {
		return nil
	}
	s.kept++
	results, err := s.call(n)
	s.kept--
	if err != nil {
		return err
	}
	s.keep(n, results)
	return nil
}

// decorate runs a decorator unless it has run. A decorator that fails or panics runs again
// when it is next needed, so that nothing receives the undecorated value.
func (s *Scope) decorate(n *node) error {
	if s.states[n.state] == built {
		return nil
	}
	s.states[n.state] = running
	s.kept++
	defer func() {
		s.kept--
		if s.states[n.state] == running {
			s.states[n.state] = fresh
		}
	}()
	results, err := s.call(n)
	if err != nil {
		return err
	}
	s.keep(n, results)
	return nil
}

func (s *Scope) keep(n *node, results []reflect.Value) {
	s.states[n.state] = built
	s.touched = append(s.touched, n)
	for i := range n.ctor.results {
		s.cells[n.cell+i] = n.ctor.results[i].at(results)
	}
}

// resolve returns the value of an argument, and builds everything that the value needs.
func (s *Scope) resolve(src *source) (reflect.Value, error) {
	for i := len(src.overlays) - 1; i >= 0; i-- {
		o := src.overlays[i]
		if s.states[o.node.state] == running {
			continue
		}
		if err := s.decorate(o.node); err != nil {
			return reflect.Value{}, err
		}
		v := s.cells[o.cell]
		if src.kind != fromGroup || v.Type() == src.t { // dig keeps decorated groups by the type of the slice
			return v, nil
		}
	}
	if src.err != nil {
		return reflect.Value{}, src.err
	}
	switch src.kind {
	case fromConstant:
		return src.value, nil
	case fromNode:
		if err := s.ensure(src.node); err != nil {
			if src.optional && isMissing(err) {
				return reflect.Zero(src.t), nil
			}
			return reflect.Value{}, err
		}
		return s.cells[src.cell], nil
	case fromRequest:
		if v := s.supplier.Supply(src.t, s.kept > 0); v != nil {
			return reflect.ValueOf(v), nil
		}
		return reflect.Zero(src.t), nil
	case fromGroup:
		return s.group(src)
	case fromObject:
		return s.object(src)
	default:
		panic(fmt.Sprintf("container: source of kind %d", src.kind))
	}
}

func (s *Scope) object(src *source) (reflect.Value, error) {
	v := reflect.New(src.t).Elem()
	return v, s.fill(v, src)
}

// fill sets the fields of a dig.In struct.
func (s *Scope) fill(v reflect.Value, src *source) error {
	v.Set(src.value)
	for _, f := range src.fields {
		fv, err := s.resolve(f.source)
		if err != nil {
			return err
		}
		v.Field(f.index).Set(fv)
	}
	return nil
}

// group returns a new slice: first the singletons, then the scoped members in
// the order in which their constructors were provided.
func (s *Scope) group(src *source) (reflect.Value, error) {
	n := src.value.Len() + len(src.members)
	v := reflect.AppendSlice(reflect.MakeSlice(src.t, 0, n), src.value)
	if !src.soft {
		for _, m := range src.members {
			if err := s.ensure(m.node); err != nil {
				return reflect.Value{}, err
			}
		}
	}
	for _, m := range src.members {
		switch cell := s.cells[m.cell]; {
		case s.states[m.node.state] != built:
		case m.flatten:
			for i := range cell.Len() {
				v = reflect.Append(v, cell.Index(i))
			}
		default:
			v = reflect.Append(v, cell)
		}
	}
	return v, nil
}

// isMissing reports whether err says that the plan itself lacks something. Errors of the
// application, which may wrap anything, are causes of another error.
func isMissing(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Reason == ErrMissing
}
