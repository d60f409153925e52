package cqrs

import (
	"context"
	"errors"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// plan holds the handlers of a message and the rule by which they are called. It is
// immutable, and several mediators may share it.
type plan interface {
	handlers() []reflect.Type
	run(ctx context.Context, in *Invocation) (any, error)
	describe(d *describer, b *Binding) topology.Plan
}

// failure returns the error of the message, given that of its plan.
func (e *endpoint) failure(in *Invocation, err error) error {
	if err == ErrNotHandled && e.one == nil && !in.isFinal() {
		return &NotHandledError{Message: e.message, Handlers: e.Handlers()}
	}
	return err
}

// single is the plan of one handler.
type single struct {
	handler reflect.Type
	records bool // the handler may be an EventSource
	// call calls Handle and, for a stream, hands out the items.
	call func(ctx context.Context, handler, payload any) (any, error)
}

func (s *single) handlers() []reflect.Type { return []reflect.Type{s.handler} }

func (s *single) run(ctx context.Context, in *Invocation) (any, error) {
	f := in.stream()
	if f == nil {
		return in.to.handle(ctx, s, in.frame(), in.payload, &in.recorded)
	}
	f.yielded = nil
	result, err := in.to.handle(ctx, s, in.frame(), in.payload, &in.recorded)
	return result, f.endHandler(err)
}

// chain is the plan of a [Chain].
type chain struct{ links []plan }

func (c chain) handlers() (all []reflect.Type) {
	for _, l := range c.links {
		all = append(all, l.handlers()...)
	}
	return all
}

func (c chain) run(ctx context.Context, in *Invocation) (any, error) {
	for _, l := range c.links {
		result, err := l.run(ctx, in)
		if err != ErrNotHandled || in.isFinal() {
			return result, err
		}
	}
	return nil, ErrNotHandled
}

// fallback is the plan of a [Fallback].
type fallback struct {
	primary, secondary plan
	when               func(error) bool
}

func (f fallback) handlers() []reflect.Type {
	return append(f.primary.handlers(), f.secondary.handlers()...)
}

func (f fallback) run(ctx context.Context, in *Invocation) (any, error) {
	before := len(in.recorded.events)
	result, err := f.primary.run(ctx, in)
	if err == nil || in.isFinal() {
		return result, err
	}
	if wanted, failure := f.wants(ctx, in, err); failure != nil {
		return nil, errors.Join(failure, err)
	} else if !wanted {
		return result, err
	}
	in.recorded.events = in.recorded.events[:before:before]
	in.to.m.observe(func(o *Observer) { o.FellBack(ctx, in.to.Binding, f.primary.handlers()[0], err) })
	result, second := f.secondary.run(ctx, in)
	switch {
	case second == nil:
		return result, nil
	case second == ErrNotHandled && err == ErrNotHandled:
		return nil, ErrNotHandled
	default:
		return nil, errors.Join(second, err)
	}
}

// wants reports whether the secondary handler is to be tried after the error err.
func (f fallback) wants(ctx context.Context, in *Invocation, err error) (wanted bool, failure error) {
	if f.when == nil {
		return safe.ContextErr(ctx) == nil, nil
	}
	failure = in.to.m.guard(ctx, in.to.message, "the condition of a fallback", func() error {
		wanted = f.when(err)
		return nil
	})
	return wanted, failure
}
