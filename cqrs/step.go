package cqrs

import (
	"context"
	"errors"
	"reflect"
)

// A step has a message handled, by one handler or by several in turn.
type step interface {
	run(ctx context.Context, t *try) (any, error)
}

// A try is one message on its way through steps.
type try struct {
	m       *Mediator
	binding *Binding
	events  *[]Event // of the handlers that have succeeded, or passed the message on
	// call has one handler built and called.
	call func(ctx context.Context, l *leaf) (any, error)
	// final tells whether it is too late for another handler; nil if it never is.
	final func() bool
	// foreign tells whether a panic is not the handler's; nil if it always is.
	foreign func() bool
}

func (t *try) isFinal() bool { return t.final != nil && t.final() }

// run takes the message through all steps, from the first on.
func (t *try) run(ctx context.Context, first step) (any, error) {
	result, err := first.run(ctx, t)
	if _, one := first.(*leaf); err == ErrNotHandled && !one && !t.isFinal() {
		err = &NotHandledError{Message: t.binding.message, Handlers: t.binding.Handlers()}
	}
	return result, err
}

// composeSteps puts the middlewares around several handlers.
func (e *endpoint) composeSteps() Next {
	steps := func(ctx context.Context, in *Invocation) (any, error) {
		if err := in.enter(ctx); err != nil {
			return nil, err
		}
		defer in.mu.Unlock()
		return e.try(ctx, in)
	}
	if len(e.inside) == 0 {
		return steps
	}
	return e.compose(e.inside, steps)
}

// try has a request or an event handled.
func (e *endpoint) try(ctx context.Context, in *Invocation) (any, error) {
	t := try{m: e.m, binding: e.Binding, events: &in.told.events, call: func(ctx context.Context, l *leaf) (any, error) {
		return l.handle(ctx, in)
	}}
	result, err := t.run(ctx, e.step)
	if err != nil {
		in.told.events = nil
	}
	return result, err
}

// A leaf is a single handler.
type leaf struct {
	*single
	maker
}

func (s *single) connect(m *Mediator) step { return &leaf{s, m.maker(s.handler)} }

func (l *leaf) run(ctx context.Context, t *try) (result any, err error) {
	defer func() {
		if t.foreign != nil && t.foreign() {
			return
		}
		if p := recover(); p != nil {
			result, err = nil, t.m.panicked(ctx, p, t.binding.message, l.handler, "")
		}
	}()
	return t.call(ctx, l)
}

// handle builds the handler and calls it. The events of one that has succeeded,
// or passed the message on, are added to those of the invocation.
func (l *leaf) handle(ctx context.Context, in *Invocation) (any, error) {
	handler, err := l.build(in.req, in.binding.message)
	if err != nil {
		return nil, err
	}
	result, err := l.call(ctx, handler, in.Message())
	if l.records && (err == nil || err == ErrNotHandled) {
		in.told.events = append(in.told.events, recorded(handler)...)
	}
	return result, failed(err)
}

type chainStep struct {
	chain
	links []step
}

func (c chain) connect(m *Mediator) step {
	s := &chainStep{chain: c}
	for _, l := range c.links {
		s.links = append(s.links, l.connect(m))
	}
	return s
}

func (c *chainStep) run(ctx context.Context, t *try) (any, error) {
	for _, l := range c.links {
		result, err := l.run(ctx, t)
		if err != ErrNotHandled || t.isFinal() {
			return result, err
		}
	}
	return nil, ErrNotHandled
}

type fallbackStep struct {
	fallback
	primary, secondary step
}

func (f fallback) connect(m *Mediator) step {
	return &fallbackStep{f, f.primary.connect(m), f.secondary.connect(m)}
}

func (f *fallbackStep) run(ctx context.Context, t *try) (any, error) {
	before := len(*t.events)
	result, err := f.primary.run(ctx, t)
	if err == nil || t.isFinal() {
		return result, err
	}
	if wanted, failure := f.wants(ctx, t, err); failure != nil {
		return nil, errors.Join(failure, err)
	} else if !wanted {
		return result, err
	}
	*t.events = (*t.events)[:before]
	if o := t.m.config.Observer; o != nil {
		o.FellBack(ctx, t.binding, f.fallback.primary.handlers()[0], err)
	}
	result, second := f.secondary.run(ctx, t)
	switch {
	case second == nil:
		return result, nil
	case second == ErrNotHandled && err == ErrNotHandled:
		return nil, ErrNotHandled
	default:
		return nil, errors.Join(second, err)
	}
}

// wants tells whether the secondary handler is for an error of the primary one.
func (f *fallbackStep) wants(ctx context.Context, t *try, err error) (wanted bool, failure error) {
	if f.when == nil {
		return ctx.Err() == nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			failure = t.m.panicked(ctx, p, t.binding.message, nil, "the condition of a fallback")
		}
	}()
	return f.when(err), nil
}

// A maker is how to come by a handler, or by a middleware that the container
// builds.
type maker struct{ Root }

func (m *Mediator) maker(t reflect.Type) maker { return maker{m.config.Root(t)} }

// isFree tells whether it needs nothing of a request.
func (k maker) isFree() bool { return k.Singleton || k.Free != nil }

// build returns an instance, for a message of that type.
func (k *maker) build(r *request, message reflect.Type) (any, error) {
	switch {
	case k.Singleton:
		return k.Instance, nil
	case k.Free != nil:
		return k.Free()
	default:
		return r.build(k.Index, message)
	}
}
