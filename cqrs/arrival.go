package cqrs

import (
	"context"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// arrival is a stored command, or one or more stored events, that a relay delivers in one
// request.
type arrival struct {
	to        *endpoint
	messages  []arrived
	claims    []Claim
	after     []queued
	completed bool // a request has committed the claims
	trace     *trace
}

// arrived is one message of an arrival.
type arrived struct {
	message any
	event   queued // zero for a command
	origin  context.Context
	repeats int32 // before this process received it; see frame
}

// add decodes a delivery and adds it.
func (a *arrival) add(ctx context.Context, d Delivery) error {
	m := a.to.m
	t := m.types.byName[d.Name]
	if t == nil {
		return unknownNameError(d)
	}
	if !a.to.receives(t) {
		return wrongSubscriptionError(d, t, a.to.message)
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
	one := arrived{message: message, origin: origin, repeats: int32(max(d.Attempt, 1) - 1)}
	if !t.isCommand() {
		one.event = queued{event: message.(Event), origin: origin}
		one.event.causation() // follow-up events of all attempts count together
	}
	a.messages, a.claims = append(a.messages, one), append(a.claims, d.Claim)
	return nil
}

// receives reports whether the endpoint handles stored messages of a type.
func (e *endpoint) receives(t *messageType) bool {
	return t.message == e.message || e.kind == KindEvent && (&subscription{e}).takes(t.message)
}

// receive handles the messages and then delivers follow-up events to their after-scope
// subscriptions, even if a handler ends the goroutine.
func (a *arrival) receive(ctx context.Context) (err error) {
	m := a.to.m
	defer func() {
		if len(a.after) == 0 {
			return
		}
		ctx, cancel := afterCompletion(ctx)
		defer cancel()
		if failure := m.deliverAfterScope(ctx, a.to.Binding, a.after, a.trace); failure != nil {
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
		_, err = a.request(ctx, func(context.Context, *request) (any, error) { return nil, nil })
	}
	return err
}

// handle takes a message through the chain around the scope. In a batch, each message goes
// through that within the common scope.
func (a *arrival) handle(ctx context.Context) error {
	one := a.messages[0]
	if a.to.aroundScope == nil || len(a.messages) > 1 {
		_, err := a.attempt(ctx, one.repeats)
		return err
	}
	open := func(ctx context.Context, in *Invocation) (any, error) { return a.attempt(ctx, in.repeats.Load()) }
	in := newInvocationWith(a.to, frame{repeats: one.repeats}, one.message, extra{origin: one.origin, open: open, trace: a.trace})
	_, err := startAroundScope(ctx, in)
	return err
}

// attempt handles the messages in a request of their own.
func (a *arrival) attempt(ctx context.Context, repeats int32) (any, error) {
	return a.request(ctx, func(ctx context.Context, r *request) (any, error) {
		if len(a.messages) > 1 {
			return nil, a.handleBatch(ctx, r)
		}
		one := a.messages[0]
		r.queue.now = one.event
		return a.to.handleIn(ctx, frame{lease: r.lease(), repeats: repeats}, one.message, one.origin)
	})
}

// handleBatch handles several events, each with its follow-up events before the next.
func (a *arrival) handleBatch(ctx context.Context, r *request) error {
	for _, one := range a.messages {
		if err := safe.ContextErr(ctx); err != nil {
			return err
		}
		r.queue.now = one.event
		f := frame{lease: r.lease(), repeats: one.repeats}
		_, events, err := a.to.callNested(ctx, f, one.message, one.origin)
		if err == nil {
			err = r.raiseHere(events)
		}
		if err == nil {
			err = r.dispatchSoFar(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// request opens a request that completes the claims if do succeeds.
func (a *arrival) request(ctx context.Context, do func(context.Context, *request) (any, error)) (any, error) {
	r, ctx := a.to.m.begin(ctx, a.to.Binding, a.trace)
	defer r.close(ctx)
	r.outgoing.completed = a.claims
	committed := false
	defer func() {
		if !committed {
			r.queue.uncount(a.messages[0].event.own) // a batch has no other attempt
		}
	}()
	result, err := do(ctx, r)
	if err = r.settle(ctx, err); err != nil {
		return nil, err
	}
	committed, a.completed = true, true
	a.after = append(a.after, r.after...)
	return result, nil
}
