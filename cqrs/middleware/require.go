package middleware

import (
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Require returns a middleware that checks at start-up that a policy covers messages: each of them has it,
// unless it is exempt. It wraps nothing and costs no request anything. Pass it to
// bootstrap.WithMiddleware, to a module or to a binding: it checks the bindings there, and sees the
// middleware of all levels that wraps them, wherever Require is in the list.
//
//	middleware.Require(middleware.Commands(), middleware.HasTimeout(), middleware.Exempt[Ping]())
//
// bootstrap.New reports a [*ConfigError] for each message without the policy, with the file:line of its
// binding, and for each exemption that is not needed: one of a message that has the policy, that Require
// does not check, or that is exempt twice.
func Require(of Messages, policy Policy, exempt ...Exemption) cqrs.Middleware {
	r := &requirement{origin: origin{"Require", errtext.Caller()}, of: of, policy: policy, exempt: exempt}
	switch {
	case of.is == nil:
		return failing(r.errorf("no messages are selected; use middleware.Commands or a similar function"))
	case policy.name == "":
		return failing(r.errorf("the policy is empty; use middleware.HasTimeout or a similar function"))
	}
	return cqrs.Checked(r.faults)
}

// Messages selects the messages that [Require] checks. Create it with [Commands] or a similar function.
type Messages struct {
	is   func(*cqrs.Binding) bool
	name string
}

// Commands selects all commands, with a result or without.
func Commands() Messages { return ofKind("command", cqrs.KindCommand) }

// Queries selects all queries.
func Queries() Messages { return ofKind("query", cqrs.KindQuery) }

// Streams selects all streams.
func Streams() Messages { return ofKind("stream", cqrs.KindStream) }

// Events selects all events that have handlers.
func Events() Messages { return ofKind("event", cqrs.KindEvent) }

// Requests selects all commands, queries and streams.
func Requests() Messages {
	return Messages{func(b *cqrs.Binding) bool { return b.Kind() != cqrs.KindEvent }, "request"}
}

// Implementing selects the messages that implement the interface I, or the message I.
func Implementing[I any]() Messages {
	t := reflect.TypeFor[I]()
	return Messages{func(b *cqrs.Binding) bool {
		return b.Message() == t || t.Kind() == reflect.Interface && b.Message().Implements(t)
	}, "message with the methods of " + t.String()}
}

func ofKind(name string, kind cqrs.Kind) Messages {
	return Messages{func(b *cqrs.Binding) bool { return b.Kind() == kind }, name}
}

// Policy is what [Require] requires. Create it with [HasTimeout] or a similar function.
type Policy struct {
	name, lacks, fix string
	// safe returns whether a message has the policy, given all of them; nil if a middleware enforces it.
	safe func(all []*cqrs.Binding) func(*cqrs.Binding) bool
}

// HasTimeout requires a [Timeout], or that of package cqrs/resilience. The duration of a message that
// sets its own is not known at start-up, even if it is 0.
func HasTimeout() Policy {
	return Policy{name: policyTimeout, lacks: "no timeout",
		fix: "wrap it in middleware.Timeout with a duration, give it the method Timeout() time.Duration"}
}

// HasValidator requires that [Validation] validates the message: there is such a middleware, and the
// message has a method Validate.
func HasValidator() Policy {
	return Policy{name: policyValidation, lacks: "no validator",
		fix: "wrap it in middleware.Validation and give it the method Validate(context.Context) error"}
}

// HasAuthorization requires that an [Authorization] checks the message. An Authorization requires that of
// all commands by itself; use Require for queries and streams.
func HasAuthorization() Policy {
	return Policy{name: policyAuthorization, lacks: "no authorization",
		fix: "wrap it in middleware.Authorization and give it the methods that this requires"}
}

// HasPolicy requires a middleware of the application that is marked with [cqrs.Policy].
func HasPolicy(name string) Policy {
	return Policy{name: name, lacks: errtext.Sprintf("no middleware with the policy %q", name),
		fix: "wrap it in one that is marked with cqrs.Policy"}
}

// The names of the policies that the middleware of this package enforces.
const (
	policyTimeout       = "middleware.Timeout"
	policyValidation    = "middleware.Validation"
	policyAuthorization = "middleware.Authorization"
)

// requirement is a Require during start-up.
type requirement struct {
	origin
	of     Messages
	policy Policy
	exempt []Exemption
}

func (r *requirement) faults(bindings []*cqrs.Binding) []error {
	covered := func(b *cqrs.Binding) bool { return b.HasPolicy(r.policy.name) }
	if r.policy.safe != nil {
		covered = r.policy.safe(bindings)
	}
	return r.origin.coverage(coverage{
		bindings: bindings,
		exempt:   r.exempt,
		required: r.of.is,
		covered:  covered,
		lacks: func(b *cqrs.Binding) error {
			return r.bindingErrorf(b, "has %s; %s, or exempt it with middleware.Exempt[%v]()",
				r.policy.lacks, r.policy.fix, b.Message())
		},
		needless: func(e Exemption, b *cqrs.Binding) error {
			if !r.of.is(b) {
				return r.bindingErrorf(b, "is exempted by %v at %s, but is no %s, and so not checked; remove the exemption",
					e.text(), e.where, r.of.name)
			}
			return r.bindingErrorf(b, "has the policy, so %v at %s exempts nothing; remove the exemption", e.text(), e.where)
		},
	})
}
