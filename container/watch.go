package container

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Watch implements [wiring.Scope].
func (s *scope) Watch(w wiring.Watcher) { s.watcher = w }

// run calls a constructor with the given arguments.
func (s *scope) run(n *node, args []reflect.Value) ([]reflect.Value, error) {
	if s.watcher == nil {
		return n.run(args)
	}
	var results []reflect.Value
	_, err := s.watched(n, func() (any, error) {
		results = n.ctor.fn.Call(args)
		return nil, n.ctor.failure(results)
	})
	if err != nil {
		return nil, buildError(n.ctor, err)
	}
	return results, nil
}

// watched has the watcher call the constructor of a node, by do.
func (s *scope) watched(n *node, do func() (any, error)) (result any, err error) {
	at := n.ctor.where.Place
	err = s.watcher.Construct(at.Function, at.String(), func() (err error) {
		result, err = do()
		return err
	})
	return result, err
}
