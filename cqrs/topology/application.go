package topology

// Schema is the version of the JSON. It changes when a field is renamed, removed, or changes
// its meaning, and not when one is added.
const Schema = 1

// Application describes what one mediator has wired. It is a value of its own: changing it
// changes nothing in the mediator.
type Application struct {
	// Schema is the version of the JSON: the constant of the same name.
	Schema int `json:"schema"`
	// Requests are the bound commands, queries and streams, sorted by message.
	Requests []Request `json:"requests"`
	// Events are the events that have a subscription or a name to be stored by, and the
	// interfaces that have a subscription, sorted by message.
	Events []Event `json:"events"`
	// Journal is the ID of the component that stores events and commands. It is empty if nothing
	// is stored.
	Journal string `json:"journal,omitempty"`
	// Components are everything that handlers and middleware need, down to the leaves, sorted by ID.
	Components []Component `json:"components"`
}

// Request describes a command, a query or a stream.
type Request struct {
	// Message is the type of the request.
	Message string `json:"message"`
	Kind    Kind   `json:"kind"`
	// Result is the type of the result or, for a stream, of an item. It is empty for a command
	// without a result.
	Result string `json:"result,omitempty"`
	// Fields are the exported fields of the message in order, without the types of package cqrs that it
	// embeds.
	Fields []Field `json:"fields,omitempty"`
	// Module is the name of the bootstrap.Module that binds the request, if any.
	Module string `json:"module,omitempty"`
	// Where is the place of the call that binds the request.
	Where string `json:"where"`
	// Stored is how the command is stored to be sent later; nil if it cannot be.
	Stored *Stored `json:"stored,omitempty"`
	// Plan has the handlers.
	Plan Plan `json:"plan"`
	// Middleware wraps all handlers together. The first is outermost.
	Middleware []Middleware `json:"middleware,omitempty"`
}

// Field is an exported field of a message.
type Field struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Kind is the kind of a request.
type Kind string

// The kinds of requests.
const (
	Command Kind = "command"
	Query   Kind = "query"
	Stream  Kind = "stream"
)

// Stored describes how a type of event or command is stored.
type Stored struct {
	// Name identifies the type in the database.
	Name string `json:"name"`
	// FormerNames are names under which messages may still be stored.
	FormerNames []string `json:"formerNames,omitempty"`
	// Keyed reports whether the type has a key, by which events keep their order.
	Keyed bool `json:"keyed,omitempty"`
	// Module is the name of the bootstrap.Module that registers the type, if any.
	Module string `json:"module,omitempty"`
	// Where is the place of the call that registers the type.
	Where string `json:"where"`
}

// Plan is a handler, or the rule by which several are called.
type Plan struct {
	Kind PlanKind `json:"kind"`
	// Handler is the handler, if there is only one.
	Handler *Handler `json:"handler,omitempty"`
	// Of are the links of a chain in order, or the two targets of a fallback, the primary first.
	Of []Plan `json:"of,omitempty"`
}

// PlanKind is the kind of a [Plan].
type PlanKind string

// The kinds of plans.
const (
	Single   PlanKind = "handler"
	Chain    PlanKind = "chain"
	Fallback PlanKind = "fallback"
)

// Handlers returns the handlers of a plan, in the order in which they may be called.
func (p Plan) Handlers() []Handler {
	if p.Handler != nil {
		return []Handler{*p.Handler}
	}
	var all []Handler
	for _, part := range p.Of {
		all = append(all, part.Handlers()...)
	}
	return all
}

// Handler describes the handler of a message.
type Handler struct {
	// Type is the type that is bound.
	Type string `json:"type"`
	// Component is the ID of the component that makes the handler. Its lifetime is Transient
	// unless all messages share the handler.
	Component string `json:"component"`
	// Records are the events that the handler declares to record, if it declares any.
	Records []string `json:"records,omitempty"`
}

// Middleware describes a middleware around the handlers of one message.
type Middleware struct {
	// Name is the function or, if the container builds the middleware, its type.
	Name string `json:"name"`
	// Around is what the middleware wraps.
	Around Around `json:"around"`
	// Conditional reports whether it depends on the event whether the middleware applies: see
	// cqrs.Only.
	Conditional bool `json:"conditional,omitempty"`
	// Module is the name of the bootstrap.Module of the middleware. It is empty if the
	// middleware is that of the application.
	Module string `json:"module,omitempty"`
	// Where is the place of the function or, if the container builds the middleware, of the
	// call of cqrs.Built. It is empty for a method value, whose code the compiler has generated.
	Where string `json:"where,omitempty"`
	// Component is the ID of the component that makes the middleware; empty for a function.
	Component string `json:"component,omitempty"`
}

// Around is what a middleware wraps.
type Around string

// What a middleware wraps: the whole request with its scope, or the handler in the scope. All
// middleware around the scope is outside of all middleware around the handler.
const (
	AroundScope   Around = "scope"
	AroundHandler Around = "handler"
)
