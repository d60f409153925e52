package cqrs

import "slices"

// Policy returns a middleware that applies the given middleware, and says that they enforce a policy,
// such as "timeout". [Binding.HasPolicy] reports whether a handler has one; middleware.Require checks it
// at start-up. The middleware of package cqrs/middleware have policies of their own.
func Policy(name string, middleware ...Middleware) Middleware {
	return policy{group{"Policy", middleware}, name}
}

type policy struct {
	group
	policy string
}

func (p policy) links(b *Binding, report func(error)) []link {
	links := p.group.links(b, report)
	for i := range links {
		links[i].policies = append(slices.Clip(links[i].policies), p.policy)
	}
	return links
}

// HasPolicy reports whether a middleware that enforces a policy wraps the handler: one of the
// application, of the module, or of the binding. It does not count middleware that applies only to some of
// the events of a subscription to an interface. The answer is known when a function of [Checked] is
// called, and false before.
func (b *Binding) HasPolicy(name string) bool { return slices.Contains(b.policies, name) }

// policiesOf returns the policies of the middleware around a handler.
func policiesOf(chain []link) (policies []string) {
	for _, l := range chain {
		if l.when == nil {
			policies = append(policies, l.policies...)
		}
	}
	return policies
}
