package topology

// Component describes something that the container builds as a whole, or that it receives.
type Component struct {
	// ID identifies the component in the application. It is the first of what the component
	// provides, with the constructor unless there can be only one.
	ID   string        `json:"id"`
	Kind ComponentKind `json:"kind"`
	// Lifetime is how long the component lives. That of a value group is Scoped if any member is.
	Lifetime Lifetime `json:"lifetime"`
	// Provides are the types that the component provides, with their names and groups as in
	// *app.Store[name="main"], sorted. For a decorator they are what it decorates.
	Provides []string `json:"provides,omitempty"`
	// Source is how the constructor came to the container.
	Source Source `json:"source,omitempty"`
	// Constructor is the function that makes the component; empty if there is none.
	Constructor string `json:"constructor,omitempty"`
	// Where is the place of the constructor. It is empty for a method value.
	Where string `json:"where,omitempty"`
	// Finalizer reports whether the constructor also returns a container.Finalizer.
	Finalizer bool `json:"finalizer,omitempty"`
	// Needs are what the component is made of: the parameters of the constructor in order, those
	// in dig.In structs included, or the members of a value group, sorted.
	Needs []Need `json:"needs,omitempty"`
}

// ComponentKind is the kind of a [Component].
type ComponentKind string

// The kinds of components.
const (
	Constructor ComponentKind = "constructor" // made by a function of the application
	Decorator   ComponentKind = "decorator"   // made by one that decorates another component
	Group       ComponentKind = "group"       // a value group
	FromRequest ComponentKind = "request"     // received from the request, such as context.Context
	FromDig     ComponentKind = "dig"         // provided to dig directly, so that only dig knows how it is made
)

// Lifetime is how long a component lives.
type Lifetime string

// The lifetimes of components: once in all, once per request, or for each message anew.
const (
	Singleton Lifetime = "singleton"
	Scoped    Lifetime = "scoped"
	Transient Lifetime = "transient"
)

// Source is how a constructor came to the container. It is empty for one that was provided or
// that decorates, as usual.
type Source string

// The sources of constructors besides container.Container.Provide.
const (
	Default     Source = "default"     // container.Container.ProvideDefault
	Replacement Source = "replacement" // container.Container.Replace
)

// Need is something that a component is made of.
type Need struct {
	// Key is the type that is asked for, with its name or group.
	Key string `json:"key"`
	// Component is the ID of the component that provides it: a decorator if there is one, which
	// needs what it decorates. It is empty if nothing provides it, as may be if it is optional.
	Component string `json:"component,omitempty"`
	// Optional reports whether the component can do without it.
	Optional bool `json:"optional,omitempty"`
	// Soft reports whether it is a soft value group: it has only the members whose constructors
	// something else needs.
	Soft bool `json:"soft,omitempty"`
}

// componentsByID returns the components by their IDs.
func (a Application) componentsByID() map[string]*Component {
	all := make(map[string]*Component, len(a.Components))
	for i := range a.Components {
		all[a.Components[i].ID] = &a.Components[i]
	}
	return all
}
