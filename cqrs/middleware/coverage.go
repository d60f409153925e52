package middleware

import (
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
)

// coverage is a check that messages are covered by something, unless they are exempt.
type coverage struct {
	bindings []*cqrs.Binding
	exempt   []Exemption
	required func(*cqrs.Binding) bool // reports whether a message must be covered
	covered  func(*cqrs.Binding) bool
	lacks    func(*cqrs.Binding) error            // for a message that is not covered
	needless func(Exemption, *cqrs.Binding) error // for an exemption of a message that needs none
}

// coverage reports messages that are not covered, and exemptions that exempt nothing. An event is covered
// if all its bindings are.
func (o origin) coverage(c coverage) (errs []error) {
	needs := make(map[reflect.Type]*cqrs.Binding) // the first binding that needs an exemption
	bound := make(map[reflect.Type]*cqrs.Binding)
	for _, b := range c.bindings {
		if bound[b.Message()] == nil {
			bound[b.Message()] = b
		}
		if needs[b.Message()] == nil && c.required(b) && !c.covered(b) {
			needs[b.Message()] = b
		}
	}
	exempt := make(map[reflect.Type]Exemption)
	for i, e := range c.exempt {
		first, twice := exempt[e.message]
		switch {
		case e.message == nil:
			errs = append(errs, o.errorf("exemption %d is empty; create it with middleware.Exempt", i+1))
			continue
		case twice:
			errs = append(errs, o.errorf("duplicate %v at %s and at %s; remove one of them", e.text(), first.where, e.where))
			continue
		}
		exempt[e.message] = e
		switch b := bound[e.message]; {
		case b == nil:
			errs = append(errs, o.errorf("%v at %s has no effect, because the middleware wraps no handler of that message; "+
				"bind one, or remove the exemption", e.text(), e.where))
		case needs[e.message] == nil:
			errs = append(errs, c.needless(e, b))
		}
	}
	return append(errs, eachMessage(c.bindings, func(b *cqrs.Binding) error {
		if _, is := exempt[b.Message()]; is || needs[b.Message()] == nil {
			return nil
		}
		return c.lacks(needs[b.Message()])
	})...)
}
