package bootstrap

import "github.com/digcqrs/digcqrs/container"

// making is how far a mediator has been made.
type making struct {
	step        step
	inContainer bool // something may ask the container for the mediator: it is that of Provide
	describing  bool // nothing is to be built
	// provided holds the problems of modules whose constructors were provided, by name. A
	// container takes a constructor only once, so no module must provide it again.
	provided map[string][]error
	refused  []*container.Error // of modules, which the container reports once more when it is compiled
}

func newMaking() *making { return &making{provided: make(map[string][]error)} }

// step is what is going on while a mediator is made.
type step int

const (
	idle      step = iota
	starting       // functions of OnStartup run
	providing      // modules provide their constructors
	binding        // mappers run
	building       // the container builds what handlers need
)

// advice says what to do instead of asking for the mediator in a step.
func (s step) advice() string {
	switch s {
	case starting:
		return "a startup function runs before there is a mediator, so send requests after startup"
	case providing:
		return "the function Provide of a module should only provide constructors"
	case binding:
		return "mappers run before there is a mediator"
	default:
		return "a handler, and all that it needs, should ask for cqrs.Sender instead"
	}
}
