package container

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// plan is the compiled form of a container for a set of roots: how a request builds each
// root, with the singletons in place.
type plan struct {
	roots   []root
	tracked int // the number of nodes with a state in a scope
	cells   int // the number of values that a scope can hold
	hints   []string
	built   bool // the singletons have been built

	blueprint blueprint
}

// exported returns the plan as package wiring describes it.
func (p *plan) exported() *wiring.Plan {
	factories := make([]wiring.Factory, len(p.roots))
	for i := range p.roots {
		r := &p.roots[i]
		factories[i] = wiring.Factory{
			Root: i, Singleton: r.isShared() || !p.built && r.isSingleton(), Instance: r.shared, Where: r.where, New: r.free(),
		}
	}
	return &wiring.Plan{
		Factories:  factories,
		NewScope:   func(s wiring.Supplier) wiring.Scope { return p.newScope(s) },
		Hints:      p.hints,
		Components: p.blueprint.describe,
	}
}

// free returns a function that builds a handler without a scope; see [wiring.Factory].
func (r *root) free() func() (any, error) {
	if r.node == nil || r.from != nil || r.node.fixed == nil || len(r.node.ctor.finalizers) > 0 {
		return nil
	}
	if r.typed() {
		return r.node.prepare(func(err error) error {
			return handlerBuildError(r, buildError(r.node.ctor, err))
		})
	}
	return func() (any, error) { return r.of(r.node.run(r.node.fixed)) }
}

// typed reports whether the result of a typed constructor is the handler itself, rather
// than a dig.Out struct that contains it.
func (r *root) typed() bool { return r.node.ctor.caller != nil && len(r.result.path) == 1 }

func (r *root) ofTyped(result any, err error) (any, error) {
	if err != nil {
		return nil, handlerBuildError(r, err)
	}
	return result, nil
}

// of returns the handler from the results of its constructor.
func (r *root) of(results []reflect.Value, err error) (any, error) {
	if err != nil {
		return nil, handlerBuildError(r, err)
	}
	return r.result.at(results).Interface(), nil
}

// run calls the constructor.
func (n *node) run(args []reflect.Value) ([]reflect.Value, error) {
	results := n.ctor.fn.Call(args)
	if err := n.ctor.failure(results); err != nil {
		return nil, buildError(n.ctor, err)
	}
	return results, nil
}

// prepare returns the call of a typed constructor with its constant argument.
func (n *node) prepare(explain func(error) error) func() (any, error) {
	return n.ctor.caller.prepare(n.fixed[0], explain)
}

// root is how the plan builds one root.
type root struct {
	node   *node // nil if the root is not built anew for each message
	result result
	from   *source // for a root that is a singleton or a dependency
	shared any     // the value, if it is constant
	where  string  // of a handler that is a singleton, where its constructor is
}

// isSingleton reports whether the root is a singleton, even if it has not been built.
func (r *root) isSingleton() bool { return r.from != nil && r.from.isConstant() }

// isShared reports whether all requests share the same instance. The instance is missing
// if dig could not build it.
func (r *root) isShared() bool {
	return r.isSingleton() && r.from.value.IsValid()
}

// node is a constructor or a decorator that requests run.
type node struct {
	ctor    *constructor
	args    []*source
	missing error // why the constructor cannot be called, if known at start-up
	state   int   // its index among the states of a scope; untracked if nothing depends on it
	cell    int   // its first cell; it has one for each result

	fixed    []reflect.Value     // the arguments, if every request has the same
	prepared func() (any, error) // the call of a typed constructor with these arguments
}

const untracked = -1

type sourceKind int

const (
	fromConstant sourceKind = iota // a singleton, or the zero value of an optional parameter
	fromNode                       // a scoped value
	fromRequest                    // a value that the request supplies, such as context.Context
	fromGroup                      // a value group
	fromObject                     // a dig.In struct
	fromNowhere                    // nothing provides it; see err
)

// source says where a request gets an argument from.
type source struct {
	kind     sourceKind
	t        reflect.Type
	value    reflect.Value // of a constant, or of an object with its constant fields set
	node     *node
	cell     int
	optional bool
	err      error         // why there is no value, if known at start-up
	fields   []sourceField // the fields of an object that are not constant, in building order
	members  []member      // the members of a group that are not singletons
	soft     bool
	overlays []overlay // decorators, outermost last
}

type sourceField struct {
	index int
	*source
}

// member is what one constructor adds to a value group.
type member struct {
	node    *node
	cell    int
	flatten bool
}

// overlay is a decorator of a value, and the cell of its result.
type overlay struct {
	node *node
	cell int
}

func (s *source) isConstant() bool { return s.kind == fromConstant && len(s.overlays) == 0 }
