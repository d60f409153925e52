package topology

// Event describes a type of event or, if there are subscriptions to it, an interface that
// events implement.
type Event struct {
	// Message is the type of the event.
	Message string `json:"message"`
	// Interface reports whether the type is an interface.
	Interface bool `json:"interface,omitempty"`
	// Fields are the exported fields of the message in order, without the types of package cqrs that it
	// embeds.
	Fields []Field `json:"fields,omitempty"`
	// Stored is how the event is stored for durable subscriptions; nil if it cannot be.
	Stored *Stored `json:"stored,omitempty"`
	// Subscriptions are those to this type, sorted by mode: in scope, durable, after scope.
	// Those with the same mode are in the order of delivery.
	Subscriptions []Subscription `json:"subscriptions,omitempty"`
	// ByInterface are the names of the subscriptions to interfaces that the event implements, in
	// the same order. They receive the event after those of the same mode in Subscriptions.
	ByInterface []string `json:"byInterface,omitempty"`
}

// Subscription describes how handlers receive an event.
type Subscription struct {
	// Name identifies the subscription in the application: see cqrs.Binding.Subscription.
	Name string `json:"name"`
	Mode Mode   `json:"mode"`
	// InOrder reports whether a durable subscription receives events with the same key in order.
	InOrder bool `json:"inOrder,omitempty"`
	// Batch is how many events a durable subscription receives in one scope, at most. It is zero
	// for the other modes.
	Batch int `json:"batch,omitempty"`
	// Module is the name of the bootstrap.Module that binds the subscription, if any.
	Module string `json:"module,omitempty"`
	// Where is the place of the call that binds the subscription.
	Where string `json:"where"`
	// Plan has the handlers.
	Plan Plan `json:"plan"`
	// Middleware wraps all handlers together. The first is outermost.
	Middleware []Middleware `json:"middleware,omitempty"`
}

// Mode is when a subscription receives an event.
type Mode string

// The modes of subscriptions: in the scope of the request that recorded the event, from storage
// at any time later, or after that scope has closed successfully.
const (
	InScope    Mode = "in-scope"
	Durable    Mode = "durable"
	AfterScope Mode = "after-scope"
)
