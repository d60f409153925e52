package bootstrap

import (
	"reflect"
	"runtime"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/wiring"
	"go.uber.org/dig"
)

// knownMediator is what to say to a constructor that asks for a mediator. Nothing that the
// mediator of Provide needs may do so while that one is being made.
func (b *builder) knownMediator() wiring.Known {
	known := wiring.Known{
		Type:   reflect.TypeFor[*cqrs.Mediator](),
		Advice: "in a handler, ask for cqrs.Sender; for servers and workers, provide the mediator with bootstrap.Provide",
	}
	if b.inContainer || b.describing && b.container.Notes().Mediator {
		known.Making = newProblem(ErrMediatorCycle, nil, "%s", building.advice())
	}
	return known
}

// journalAdvice is for durable subscriptions without a journal.
func journalAdvice() wiring.Known {
	return wiring.Known{
		Type: reflect.TypeFor[cqrs.Journal](),
		Advice: "provide the NewJournal of a store, such as sqlite.NewJournal, with container.Scoped(), " +
			"together with the store and the scoped transaction that it takes",
	}
}

// Provide provides a [*cqrs.Mediator] to the container, for singletons that send requests,
// such as an HTTP server or a background worker. The mediator is made once, when something
// first asks for it, as [New] makes it. If New fails, so does the constructor that asked,
// with the [*Error] in the chain of its error; the next one that asks calls New again.
//
// So Provide does not report wiring mistakes, such as a handler that nothing provides: the first
// call of container.Container.Invoke that needs the mediator does. To have them reported at
// startup even if nothing asks for the mediator yet:
//
//	err := c.Invoke(func(*cqrs.Mediator) {})
//
// The options are checked at once, and modules provide their constructors at once, so that
// other constructors can depend on what they provide. Provide fails if the container has a
// mediator already, if an option is invalid, or if a module cannot provide its constructors.
//
// Handlers, and all that they need, must not ask for the mediator, which needs them: they ask
// for a [cqrs.Sender], which sends within their request. Otherwise New fails with
// [ErrMediatorCycle], as it does if a startup function or a mapper asks for the mediator.
func Provide(
	c *container.Container, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap), opts ...Option,
) error {
	if c == nil {
		return &Error{Problems: []error{errNilContainer}}
	}
	o, err := readOptions(opts)
	if err != nil {
		return err
	}
	caller, _, _, _ := runtime.Caller(1) // where errors locate the constructor
	making := newMaking()
	making.inContainer = true
	c.Notes().Mediator = true
	err = c.Provide(func() (*cqrs.Mediator, error) {
		if making.step != idle {
			return nil, mediatorCycleError(making.step)
		}
		return newMediator(c, requests, events, opts, making)
	}, dig.LocationForPC(caller))
	if err != nil {
		return err
	}
	defer func() { making.step = idle }()
	b := &builder{container: c, making: making}
	for _, m := range o.modules {
		b.report(b.provide(m)...)
	}
	if len(b.problems) > 0 {
		return &Error{Problems: b.problems}
	}
	return nil
}
