package cqrs

import (
	"context"
	"maps"
)

// Propagator carries values from the context in which an event was recorded, or a command
// scheduled, to its durable deliveries, such as a trace context or the ID of a user. Both functions
// must be safe for concurrent use; either may be nil. bootstrap.WithPropagator adds one.
type Propagator struct {
	// Inject returns headers to store with the event. It receives the context of the handler that
	// recorded it.
	Inject func(ctx context.Context) map[string]string
	// Extract returns a context with the values in the headers. A delivery has it as its
	// [Invocation.Origin]. The handler has another context, that of the relay: a middleware in
	// [AroundScope] can pass on what the handler should have of the origin.
	Extract func(ctx context.Context, headers map[string]string) context.Context
}

// inject returns the headers of all propagators.
func (m *Mediator) inject(ctx context.Context) (headers map[string]string, err error) {
	for _, p := range m.propagators {
		if p.Inject == nil {
			continue
		}
		err := m.guard(ctx, nil, "the function Inject of a propagator", func() error {
			if more := p.Inject(ctx); headers == nil {
				headers = maps.Clone(more)
			} else {
				maps.Copy(headers, more)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return headers, nil
}

// extract returns the origin of a delivery.
func (m *Mediator) extract(headers map[string]string) (origin context.Context, err error) {
	origin = context.Background()
	for _, p := range m.propagators {
		if p.Extract == nil {
			continue
		}
		err := m.guard(origin, nil, "the function Extract of a propagator", func() error {
			if ctx := p.Extract(origin, headers); ctx != nil {
				origin = ctx
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return origin, nil
}
