package container

import "reflect"

// A Plan is what a container comes to for a set of roots: how a request
// builds each of them, with the singletons in place. It is immutable and safe
// for concurrent use, and knows nothing of dig any more.
type Plan struct {
	handlers []handler // one for each root
	tracked  int       // nodes with a state in a scope
	cells    int       // values that a scope can hold
	hints    []string
}

// Free returns a function that builds a handler which needs nothing of a request:
// all its dependencies are singletons, and it has no finalizer. The function
// returns what [Scope.Build] would, and is safe for concurrent use. It is nil if
// the root needs a scope, or is not built anew for each message.
func (p *Plan) Free(root int) func() (any, error) {
	h := &p.handlers[root]
	if h.from != nil || h.node.fixed == nil || len(h.node.ctor.finalizers) > 0 {
		return nil
	}
	if h.typed() {
		return h.node.prepare(func(err error) error {
			return handlerBuildError(h, buildError(h.node.ctor, err))
		})
	}
	return func() (any, error) { return h.of(h.node.run(h.node.fixed)) }
}

// typed tells whether the result of a typed constructor is the handler itself,
// and not a dig.Out struct with the handler in it.
func (h *handler) typed() bool { return h.node.ctor.caller != nil && len(h.result.path) == 1 }

func (h *handler) ofTyped(result any, err error) (any, error) {
	if err != nil {
		return nil, handlerBuildError(h, err)
	}
	return result, nil
}

// of returns the handler among the results of its constructor.
func (h *handler) of(results []reflect.Value, err error) (any, error) {
	if err != nil {
		return nil, handlerBuildError(h, err)
	}
	return h.result.at(results).Interface(), nil
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

// A handler is how the plan builds one root.
type handler struct {
	node   *node // nil if the root is not built anew for each message
	result result
	from   *source // of a root that is a singleton or a dependency
	shared any     // the value of one that is constant
}

// isShared tells whether all requests have the same instance. It is not there
// if dig could not build it.
func (h *handler) isShared() bool {
	return h.from != nil && h.from.isConstant() && h.from.value.IsValid()
}

// Shared returns the only instance of a root that is a singleton. It is not ok
// for one that a request has of its own, or decorates.
func (p *Plan) Shared(root int) (instance any, ok bool) {
	h := &p.handlers[root]
	return h.shared, h.isShared()
}

// A node is a constructor or a decorator as requests run it.
type node struct {
	ctor    *constructor
	args    []*source
	missing error // why the constructor cannot be called, where that is known already
	state   int   // its index among the states of a scope; untracked if nobody depends on it
	cell    int   // its first cell; it has one for each result

	fixed    []reflect.Value     // the arguments, if every request has the same
	prepared func() (any, error) // of a typed constructor, the call with them
}

const untracked = -1

type sourceKind int

const (
	fromConstant sourceKind = iota // a singleton, or the zero value of something optional
	fromNode                       // a scoped value
	fromRequest                    // what the request supplies: context.Context, ...
	fromGroup                      // a value group
	fromObject                     // a dig.In struct
	fromNowhere                    // nothing provides it: see err
)

// A source says where a request gets an argument from.
type source struct {
	kind     sourceKind
	t        reflect.Type
	value    reflect.Value // of a constant; of an object, with its constant fields set
	node     *node
	cell     int
	optional bool
	err      error         // why there is no value, where that is known already
	fields   []sourceField // of an object, those that are not constant, in building order
	members  []member      // of a group, those that are not singletons
	soft     bool
	overlays []overlay // decorators, the outermost last
}

type sourceField struct {
	index int
	*source
}

// A member is what one constructor adds to a value group.
type member struct {
	node    *node
	cell    int
	flatten bool
}

// An overlay is a decorator of a value, and the cell of what it makes of it.
type overlay struct {
	node *node
	cell int
}

func (s *source) isConstant() bool { return s.kind == fromConstant && len(s.overlays) == 0 }
