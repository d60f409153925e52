package randomapp_test

// application is one case: its bindings, and the requests that are sent to it, one
// after another. It is data, and runs in a world.
type application struct {
	layers   []*layer // around all handlers, in the order of bootstrap.WithMiddleware
	bindings [kinds][keys][]*binding
	limit    int
	strict   bool
	// concurrency is that of after-scope handlers. Above 1 the order of the journal is
	// not defined.
	concurrency int
	logs        bool
	reports     bool // an observer receives reports
	requests    []*request
}

// kind is the kind of a message.
type kind int

const (
	command kind = iota
	query
	stream
	event

	noKind = kind(-1) // of the function given to Run

	kinds = 4
	keys  = 2 // types of messages of each kind
)

// layer is a middleware.
type layer struct {
	id     int
	around bool // in AroundScope
	built  lifetime
}

// lifetime is how a middleware is created.
type lifetime int

const (
	function lifetime = iota
	singleton
	scoped
)

// binding is what messages of one type are bound to: one for a request, any number
// for an event.
type binding struct {
	kind   kind
	key    int
	index  int // among those of the event
	after  bool
	stored bool // a durable subscription
	layers []*layer
	target *target
}

// target is a handler, a chain or a fallback.
type target struct {
	rule  rule
	leaf  leaf // of single
	parts []*target
	when  condition // of fallback
}

type rule int

const (
	single rule = iota
	chain
	fallback
)

// condition is when a fallback falls back.
type condition int

const (
	unlessCancelled condition = iota // a nil function
	always
	never
)

// leaf is one of the four handlers that each type of message has. They differ in their
// dependencies.
type leaf int

const (
	full leaf = iota // a Sender, a context and the outer scoped value
	bare             // nothing
	some             // the inner scoped value
	solo             // nothing; a singleton, which records no events

	leaves = 4
)

// message is sent, recorded or published. It carries everything that happens to it: a
// route for each binding of its type.
type message struct {
	id     int
	kind   kind
	key    int
	routes []*route
}

// route is what happens to a message on its way to one handler.
type route struct {
	acts   [][]act // of each layer, outermost first: one for each pass, then none
	bodies [leaves]*body
}

// act is what a middleware does with a message in one pass.
type act struct {
	do    action
	fault fault
	late  bool // of a stream: ends while next runs when the consumer has an item
}

// body is what a handler does, or the function given to Run.
type body struct {
	steps   []step
	ends    []fault // one for each run, then none
	early   bool    // of a stream: a panic is in Handle, and not in the iterator
	ignores bool    // of a stream: calls yield again after it has returned false
}

// step is one thing that a body does.
type step struct {
	do      stepKind
	message *message // to send, record or publish
	request *request // to begin
	take    int      // of a stream: how many items to consume
	value   bool     // the Sender is that of the scoped value, not that of the handler
	then    reaction
}

type stepKind int

const (
	records stepKind = iota
	sends
	publishes
	yields
	cancels
	callsLate // calls each next whose middleware has returned
	begins    // another request
	forks     // sends from a goroutine, which waits until it is joined
	joins     // lets all forked goroutines continue, and waits for them
	pulls     // takes items of a stream through iter.Pull, and leaves it there
	reads     // takes one more item of each stream that was left
)

// reaction is what a body does with the error of a step.
type reaction int

const (
	returnsIt reaction = iota
	ignoresIt
	wrapsIt
)

// request is one call of the mediator.
type request struct {
	do      requestKind
	message *message   // of send and publishTo
	events  []*message // of publish
	to      int        // of publishTo: the index of the binding
	body    *body      // of run
	take    int        // of a stream: how many items to consume
	panics  bool       // the consumer panics instead of breaking out of the loop
	builds  map[int]fault
	closes  map[int]fault // by the number of the constructor, or finalizer, within the request
}

type requestKind int

const (
	send requestKind = iota
	publish
	publishTo
	run
)

// all is more items than any stream has.
const all = 9

// chain returns the middleware around the handler of b, outermost first, and how many of
// them are around the scope.
func (a *application) chain(b *binding) (layers []*layer, outside int) {
	for _, around := range []bool{true, false} {
		for _, list := range [][]*layer{a.layers, b.layers} {
			for _, l := range list {
				if l.around == around {
					layers = append(layers, l)
				}
			}
		}
		if around {
			outside = len(layers)
		}
	}
	return layers, outside
}

// bound returns the bindings of a message.
func (a *application) bound(m *message) []*binding { return a.bindings[m.kind][m.key] }

// leaves calls visit for each handler of the target.
func (t *target) leaves(visit func(leaf)) {
	if t.rule == single {
		visit(t.leaf)
	}
	for _, part := range t.parts {
		part.leaves(visit)
	}
}
