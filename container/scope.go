package container

import (
	"context"
	"fmt"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// noSupplier replaces a nil supplier.
type noSupplier struct{}

func (noSupplier) Supply(t reflect.Type, _ bool) any {
	if t == contextType {
		return context.Background()
	}
	return nil
}

// scope implements [wiring.Scope].
type scope struct {
	plan       *plan
	supplier   wiring.Supplier
	states     []state
	cells      []reflect.Value
	touched    []*node         // nodes whose state is not fresh
	args       []reflect.Value // a stack of arguments under construction
	finalizers []finalizer
	kept       int // the number of running constructors of scoped values
	watcher    wiring.Watcher
}

type state uint8

const (
	fresh   state = iota
	running       // a decorator is running; what it asks for is not decorated by itself
	built
)

// newScope returns an empty scope. If s is nil, the context is context.Background, and
// other supplied values are zero.
func (p *plan) newScope(s wiring.Supplier) *scope {
	if s == nil {
		s = noSupplier{}
	}
	return &scope{
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
func (s *scope) Build(root int) (any, error) {
	s.kept = 0 // a constructor may have panicked
	r := &s.plan.roots[root]
	if r.from != nil {
		return s.buildValue(r)
	}
	if r.typed() {
		return r.ofTyped(s.callTyped(r.node))
	}
	return r.of(s.call(r.node))
}

// buildValue returns a root that is a singleton or a dependency.
func (s *scope) buildValue(r *root) (any, error) {
	if r.isShared() {
		return r.shared, nil
	}
	v, err := s.resolve(r.from)
	if err != nil {
		return nil, valueBuildError(r.from.t, err)
	}
	return v.Interface(), nil
}

// reset removes everything that was built.
func (s *scope) reset() {
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
	s.watcher = nil
}

// call runs a constructor with arguments from the scope.
func (s *scope) call(n *node) ([]reflect.Value, error) {
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
	results, err := s.run(n, args)
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
func (s *scope) ensure(n *node) error {
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
func (s *scope) decorate(n *node) error {
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

func (s *scope) keep(n *node, results []reflect.Value) {
	s.states[n.state] = built
	s.touched = append(s.touched, n)
	for i := range n.ctor.results {
		s.cells[n.cell+i] = n.ctor.results[i].at(results)
	}
}

// resolve returns the value of an argument, and builds everything that the value needs.
func (s *scope) resolve(src *source) (reflect.Value, error) {
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

func (s *scope) object(src *source) (reflect.Value, error) {
	v := reflect.New(src.t).Elem()
	return v, s.fill(v, src)
}

// fill sets the fields of a dig.In struct.
func (s *scope) fill(v reflect.Value, src *source) error {
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
func (s *scope) group(src *source) (reflect.Value, error) {
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
