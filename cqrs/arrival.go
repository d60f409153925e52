package cqrs

import (
	"context"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// arrival is a stored command, or one or more stored events, that a relay delivers in one
// request.
type arrival struct {
	to        *endpoint
	command   any
	origin    context.Context // of the command
	events    []queued
	claims    []Claim
	repeats   int32 // of the first attempt in this process; see frame
	after     []queued
	completed bool // a request has committed the claims
}

// add decodes a delivery and adds it.
func (a *arrival) add(ctx context.Context, d Delivery) error {
	m := a.to.m
	t := m.types.byName[d.Name]
	if t == nil {
		return unknownNameError(d)
	}
	message, err := t.decodeFrom(ctx, m, d.Name, d.Payload)
	if err != nil {
		return &PayloadError{Message: t.message, Name: d.Name, Decoded: true, Err: err}
	}
	origin, err := m.extract(d.Headers)
	if err != nil {
		return err
	}
	origin = withAttempt(ctx, origin, d)
	event, isEvent := message.(Event)
	switch {
	case a.to.kind == KindEvent && isEvent && (&subscription{a.to}).takes(t.message):
		e := queued{event: event, origin: origin}
		e.causation() // follow-up events of all attempts count together
		a.events = append(a.events, e)
	case a.to.message == t.message:
		a.command, a.origin = message, origin
	default:
		return wrongSubscriptionError(d, t, a.to.message)
	}
	a.claims = append(a.claims, d.Claim)
	return nil
}

// receive handles the messages and then delivers follow-up events to their after-scope
// subscriptions, even if a handler ends the goroutine.
func (a *arrival) receive(ctx context.Context) (err error) {
	m := a.to.m
	defer func() {
		if failure := m.deliverAfterScope(ctx, a.to.Binding, a.after); failure != nil {
			m.lose(ctx, a.to.Binding, failure)
		}
	}()
	err = a.handle(ctx)
	if a.completed {
		if err != nil { // a middleware around the scope has replaced the outcome
			m.lose(ctx, a.to.Binding, err)
		}
		return nil
	}
	if err == nil { // a middleware has answered in place of the handler
		_, err = a.request(ctx, func(*request) (any, error) { return nil, nil })
	}
	return err
}

// handle takes the messages through the chain around the scope, unless they share it.
func (a *arrival) handle(ctx context.Context) error {
	if a.to.aroundScope == nil || len(a.events) > 1 {
		_, err := a.attempt(ctx, a.repeats)
		return err
	}
	message, origin := a.command, a.origin
	if len(a.events) > 0 {
		message, origin = a.events[0].event, a.events[0].origin
	}
	open := func(ctx context.Context, in *Invocation) (any, error) { return a.attempt(ctx, in.repeats.Load()) }
	in := newInvocationWith(a.to, frame{repeats: a.repeats}, message, extra{origin: origin, open: open})
	_, err := startAroundScope(ctx, in)
	return err
}

// attempt handles the messages in a request of their own.
func (a *arrival) attempt(ctx context.Context, repeats int32) (any, error) {
	return a.request(ctx, func(r *request) (any, error) {
		f := frame{lease: r.lease(), repeats: repeats}
		switch len(a.events) {
		case 0:
			return a.to.handleIn(ctx, f, a.command, a.origin)
		case 1:
			r.queue.now = a.events[0]
			return a.to.handleIn(ctx, f, a.events[0].event, a.events[0].origin)
		default:
			return nil, a.handleBatch(ctx, r)
		}
	})
}

// handleBatch handles several events, each with its follow-up events before the next.
func (a *arrival) handleBatch(ctx context.Context, r *request) error {
	for _, e := range a.events {
		if err := safe.ContextErr(ctx); err != nil {
			return err
		}
		r.queue.now = e
		if err := (&subscription{a.to}).deliver(ctx, r, e); err != nil {
			return err
		}
		if err := r.dispatchSoFar(ctx); err != nil {
			return err
		}
	}
	return nil
}

// request opens a request that completes the claims if do succeeds.
func (a *arrival) request(ctx context.Context, do func(*request) (any, error)) (any, error) {
	r := a.to.m.begin(ctx, a.to.Binding)
	defer r.close(ctx)
	r.outgoing.completed = a.claims
	committed := false
	defer func() {
		if !committed {
			for _, e := range a.events {
				r.queue.uncount(e.own)
			}
		}
	}()
	result, err := do(r)
	if err = r.settle(ctx, err); err != nil {
		return nil, err
	}
	committed, a.completed = true, true
	a.after = append(a.after, r.after...)
	return result, nil
}
