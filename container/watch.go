package container

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Watch implements [wiring.Scope].
func (s *scope) Watch(w wiring.Watcher) { s.watcher = w }

// construct has the watcher call the constructor of a node, by do.
func (s *scope) construct(n *node, do func() (finalizers int, err error)) error {
	at := n.ctor.where.Place
	return s.watcher.Construct(at.Function, at.String(), do)
}

// run calls a constructor with the given arguments.
func (s *scope) run(n *node, args []reflect.Value) ([]reflect.Value, error) {
	if s.watcher == nil {
		return n.run(args)
	}
	var results []reflect.Value
	err := s.construct(n, func() (finalizers int, err error) {
		results = n.ctor.fn.Call(args)
		if err = n.ctor.failure(results); err == nil {
			for _, i := range n.ctor.finalizers {
				if !results[i].IsNil() {
					finalizers++
				}
			}
		}
		return finalizers, err
	})
	if err != nil {
		return nil, buildError(n.ctor, err)
	}
	return results, nil
}
