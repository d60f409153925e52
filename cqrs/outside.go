package cqrs

import "context"

// This file is the way of a request through the middlewares around its scope.
// Messages are boxed here, so that it is not made again for every type.

// A scoped is a route, seen from outside of the scope.
type scoped interface {
	// passBoxed has a message handled in a scope of its own.
	passBoxed(ctx context.Context, message any) (any, error)
	// callBoxed has a message handled in the scope of another request.
	callBoxed(ctx context.Context, req *request, message any) (any, recording, error)
}

// callOutside calls the middlewares around the scope. s is the Sender of the
// request that the message joins, or nil.
func (e *endpoint) callOutside(ctx context.Context, s *sender, chain Next, message any) (result any, err error) {
	p := newParcel(e.Binding, nil, message)
	in := &p.Invocation
	if s != nil {
		in.nested = true
		if in.req, err = s.enter(e.message); err != nil {
			return nil, err
		}
		defer s.leave()
	}
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, e.panicked(ctx, p)
		}
	}()
	defer in.end()
	result, err = chain(ctx, in)
	in.end()
	if err == nil && s != nil {
		err = in.req.raise(in.told)
	}
	return result, err
}

// intoScope is what the last middleware around the scope goes on to.
func intoScope(to scoped) Next {
	return func(ctx context.Context, in *Invocation) (any, error) {
		if err := in.enter(ctx); err != nil {
			return nil, err
		}
		defer in.mu.Unlock()
		p := in.message.(*parcel)
		if in.nested {
			result, told, err := to.callBoxed(ctx, in.req, p.content)
			if err != nil {
				return nil, failed(err)
			}
			in.told = told
			return result, nil
		}
		result, err := to.passBoxed(ctx, p.content)
		if p.came(err); !Done(err) {
			return nil, err
		}
		return result, err
	}
}
