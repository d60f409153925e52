package cqrs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// messageTypes are the registered types of events and commands.
type messageTypes struct {
	all    []*messageType
	byType map[reflect.Type]*messageType
	byName map[string]*messageType // former names included
}

// newMessageTypes returns the valid registrations of an application, and an error for each
// invalid one.
func newMessageTypes(g *registry, codec Codec, all []*messageType) (messageTypes, []error) {
	types := messageTypes{byType: make(map[reflect.Type]*messageType), byName: make(map[string]*messageType)}
	var errs []error
	for _, t := range all {
		err := t.check(g, codec)
		if err == nil {
			err = types.conflict(t)
		}
		if err != nil {
			errs = append(errs, err)
		}
		types.add(t) // even if it is invalid, so that its subscriptions are not reported as well
	}
	return types, append(errs, types.unstorable(g)...)
}

func (s *messageTypes) add(t *messageType) {
	if s.byType[t.message] != nil {
		return
	}
	s.all = append(s.all, t)
	s.byType[t.message] = t
	for _, name := range t.names() {
		if s.byName[name] == nil {
			s.byName[name] = t
		}
	}
}

// check returns an error if a registration is invalid by itself.
func (t *messageType) check(g *registry, codec Codec) error {
	for i, name := range t.names() {
		switch why := invalidTypeName(name); {
		case i > 0 && name == "":
			return registrationError(t, "one of its former names is empty; remove it")
		case i > 0 && why != "":
			return registrationError(t, "its former name %s", why)
		case why != "":
			return registrationError(t, "its name %s", why)
		}
	}
	switch k := t.message.Kind(); {
	case k == reflect.Interface:
		return registrationError(t, "it is an interface; register each type that implements it")
	case k == reflect.Pointer:
		return registrationError(t, "it is a pointer, but messages are values; register %v", t.message.Elem())
	}
	if t.isCommand() {
		if err := t.checkCommand(g); err != nil {
			return err
		}
	}
	if c, is := codec.(jsonCodec); is {
		if why := c.unsuited(t.message, t.decode == nil); why != "" {
			return registrationError(t, "%s, tag the field `json:\"-\"`, or give the type MarshalJSON and UnmarshalJSON", why)
		}
	}
	return nil
}

// isCommand reports whether the type is one of commands rather than events.
func (t *messageType) isCommand() bool { return !t.message.Implements(reflect.TypeFor[Event]()) }

func (t *messageType) checkCommand(g *registry) error {
	i := slices.IndexFunc(g.requests, func(b *Binding) bool { return b.message == t.message })
	switch {
	case i < 0:
		return registrationError(t, "no handler is bound to it; bind one with cqrs.BindCommand or cqrs.BindRequest")
	case g.requests[i].kind != KindCommand:
		return registrationError(t, "it is a %v; only commands can be sent later", g.requests[i].kind)
	default:
		return nil
	}
}

// invalidTypeName returns what is wrong with the name of a type, or an empty string.
func invalidTypeName(name string) string {
	const longest = 190 // with the prefix of commands it is the name of a subscription
	switch {
	case name == "":
		return "is empty; set one that stays the same when the type is renamed"
	case len(name) > longest:
		return fmt.Sprintf("has %d bytes; use at most %d", len(name), longest)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Sprintf("%q has invalid characters; use printable text", name)
	default:
		return ""
	}
}

// conflict returns an error if the type, or one of its names, is registered already.
func (s *messageTypes) conflict(t *messageType) error {
	if first := s.byType[t.message]; first != nil {
		return registrationError(t, "it is registered as %q at %s already; remove one", first.name, first.position())
	}
	for i, name := range t.names() {
		first := s.byName[name]
		switch {
		case first == nil:
		case name == first.name && i == 0:
			return registrationError(t, "its name %q is that of %v, registered at %s; choose a unique name",
				name, first.message, first.position())
		case i == 0:
			return registrationError(t, "its name %q is a former name of %v, registered at %s, under which events of "+
				"that type may still be stored; choose a unique name", name, first.message, first.position())
		default:
			return registrationError(t, "its former name %q belongs to %v, registered at %s; remove it from one of them",
				name, first.message, first.position())
		}
	}
	return nil
}

// unstorable returns an error for each durable subscription, and each event that it receives and
// that cannot be stored.
func (s *messageTypes) unstorable(g *registry) (errs []error) {
	var known []reflect.Type // the events of which there may be an error
	for _, t := range s.all {
		known = append(known, t.message)
	}
	met := make(map[reflect.Type]bool)
	for _, b := range g.events {
		if m := b.message; m.Kind() != reflect.Interface && s.byType[m] == nil && !met[m] {
			met[m] = true
			known = append(known, m)
		}
	}
	for _, b := range g.events {
		switch {
		case !b.isDurable():
		case b.message.Kind() != reflect.Interface:
			errs = s.checkStorable(errs, b, b.message)
		default:
			for _, event := range known {
				if event.Implements(b.message) {
					errs = s.checkStorable(errs, b, event)
				}
			}
		}
	}
	return errs
}

// checkStorable appends an error if an event cannot be stored for a durable subscription.
func (s *messageTypes) checkStorable(errs []error, b *Binding, event reflect.Type) []error {
	switch t := s.byType[event]; {
	case t == nil:
		return append(errs, bindError(nil, b, "%v has a durable subscription, but %v has no name to be stored by; "+
			"register it with cqrs.RegisterEvent", b.handler, event))
	case b.durable.inOrder && t.key == nil:
		return append(errs, bindError(nil, b, "%v receives events in order, but %v, registered at %s, has no key; "+
			"set EventType.Key, or remove InOrder", b.handler, event, t.position()))
	default:
		return errs
	}
}
