package cqrs

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// trace returns the trace of the request in which a message is handled, or nil.
func (in *Invocation) trace() *trace {
	f := in.stream()
	switch {
	case in.extra != nil && in.extra.trace != nil:
		return in.extra.trace
	case f != nil: // whose request may have ended
		return f.trace
	case in.lease.req != nil:
		return in.lease.req.trace
	default:
		return nil
	}
}

// recorded returns the call of a middleware as a step.
func (l *link) recorded(t *trace, call MiddlewareFunc) MiddlewareFunc {
	return func(ctx context.Context, in *Invocation, next Next) (result any, err error) {
		step := &Step{Kind: StepMiddleware, Name: l.at.Function, Where: l.at.String()}
		if l.built != nil {
			step.Name = errtext.ShortName(l.built)
		}
		err = t.do(ctx, nil, step, func(ctx context.Context) (err error) {
			result, err = call(ctx, in, next)
			return err
		})
		return result, err
	}
}

// Construct implements [wiring.Watcher].
func (r *request) Construct(constructor, where string, do func() (finalizers int, err error)) error {
	step := &Step{Kind: StepConstructor, Name: constructor, Where: where}
	return r.trace.do(r.supply.within.in(r.ctx), r.span, step, func(ctx context.Context) error {
		finalizers, err := do()
		spanOf(ctx).change(func(s *Step) { s.Finalizers = finalizers })
		return err
	})
}

// Finalize implements [wiring.Watcher].
func (r *request) Finalize(constructor, where string, outcome error, do func(outcome error) error) error {
	step := &Step{Kind: StepFinalizer, Name: constructor, Where: where, Outcome: outcome}
	return r.trace.do(r.span.in(r.ctx), r.span, step, func(context.Context) error { return do(step.Outcome) })
}

// watch has a trace record what the request does.
func (r *request) watch(ctx context.Context, t *trace) context.Context {
	r.trace = t
	r.span = t.begin(ctx, nil, &Step{Kind: StepScope})
	r.scope.Watch(r)
	return r.span.in(ctx)
}

// sendStep returns the sending of a message, which may be enclosed, as a step.
func (e *endpoint) sendStep(message any) *Step {
	return &Step{Kind: StepRequest, Name: "Send", Message: plainMessage(message), Binding: e.Binding}
}

// sendRecorded is send for a request of its own that is recorded.
func (e *endpoint) sendRecorded(ctx context.Context, message any) (result any, err error) {
	err = e.m.record(ctx, e.sendStep(message), func(ctx context.Context, t *trace) (err error) {
		result, err = e.open(ctx, message, t)
		return err
	})
	return result, err
}

// joinRecorded is join for a request that is recorded.
func (e *endpoint) joinRecorded(ctx context.Context, f frame, message any) (result any, err error) {
	err = f.req.trace.record(ctx, f.req.span, e.sendStep(message), func(ctx context.Context) (err error) {
		result, err = e.joinIn(ctx, f, message)
		return err
	})
	return result, err
}

// handleRecorded is handle for a request that is recorded.
func (e *endpoint) handleRecorded(
	ctx context.Context, h *single, f frame, payload any, events *recorded,
) (result any, err error) {
	step := &Step{
		Kind: StepHandler, Name: errtext.ShortName(h.handler), Where: e.Where(),
		Message: plainMessage(payload), Binding: e.Binding,
	}
	err = f.req.trace.record(ctx, f.req.span, step, func(ctx context.Context) (err error) {
		at := constructing
		defer func() {
			if at != returned && !isConsuming(payload) {
				err = e.unwound(ctx, recover(), at, h)
			}
		}()
		handler, err := f.req.build(ctx, f, e.m.factory(h.handler).Root, e.message)
		if err == nil {
			at = handling
			err = f.req.trace.hooks.Do(step, func() (err error) {
				result, err = h.call(ctx, handler, payload)
				return err
			})
			err = e.collect(h, handler, events, err)
		}
		at = returned
		return err
	})
	if err != nil {
		return nil, failed(err)
	}
	return result, nil
}

// step returns the stream as a step.
func (f *flow) step() *Step {
	return &Step{Kind: StepRequest, Name: "Stream", Message: f.message, Binding: f.to.Binding}
}

// recordLater records that subscriptions are to receive an event outside of the scope.
func (r *request) recordLater(ctx context.Context, e queued, to []*subscription) {
	for _, s := range to {
		d := delivery{e, s}
		r.trace.begin(ctx, r.span, d.step())
	}
}

// cause returns the event that led to this one, or nil.
func (q *queued) cause() reflect.Type {
	if q.from == nil {
		return nil
	}
	return q.from.event
}
