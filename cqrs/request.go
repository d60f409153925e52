package cqrs

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// request is one call of a mediator, from opening its scope to its after-scope deliveries.
// Requests are pooled: a request serves one caller after another and keeps nothing of the
// previous one. Whatever may outlive it, such as a Sender, refers to it by a [lease].
type request struct {
	m       *Mediator
	scope   wiring.Scope
	ctx     context.Context
	binding *Binding      // of the message that the request was opened for; nil for Run and Publish
	gen     atomic.Uint64 // the number of callers that it has served; see lease
	shared  bool          // it has a Sender, so that other goroutines may use it

	building   sync.Mutex // held while the scope of a shared request builds
	journaling sync.Mutex // held while the journal works
	supply     supply     // for the present build

	mu      sync.Mutex // guards the fields up to queue if the request is shared
	changed sync.Cond  // users became 0, or the queue got an event
	open    bool       // leases are valid
	users   int        // how many leases are in use
	queue   queue

	after    []queued // events with after-scope subscriptions, in order
	outgoing outgoing
	used     bool // something was built in the scope
	settled  bool // the scope is closing or closed
	trace    *trace
	span     *span // the scope, if there is a trace
	closing  bool  // the finalizers run

	unwound func(value any, where string) error // finalizerUnwound, allocated once
	outcome error                               // while the finalizers run; a local variable would be allocated
}

var (
	contextType = reflect.TypeFor[context.Context]()
	senderType  = reflect.TypeFor[Sender]()
	bindingType = reflect.TypeFor[*Binding]()
)

func newRequest(m *Mediator, newScope func(wiring.Supplier) wiring.Scope) *request {
	r := &request{m: m}
	r.changed.L = &r.mu
	r.queue.limit = int64(m.settings.EventLimit)
	r.scope = newScope(r)
	r.unwound = r.finalizerUnwound
	return r
}

// begin takes a request from the pool. The caller defers its close.
// If t is not nil, it records the request, and the context is that of the request's scope.
func (m *Mediator) begin(ctx context.Context, b *Binding, t *trace) (*request, context.Context) {
	r := m.idle.Get().(*request)
	if t != nil {
		ctx = r.watch(ctx, t)
	}
	r.ctx, r.binding = ctx, b
	return r, ctx
}

// lock locks mu if the request is shared. Not locking it otherwise saves 20 ns for each
// event.
func (r *request) lock() {
	if r.shared {
		r.mu.Lock()
	}
}

func (r *request) unlock() {
	if r.shared {
		r.mu.Unlock()
	}
}

// supply holds what a request provides to the constructors of one build.
type supply struct {
	frame   frame
	message reflect.Type
	within  *span   // the step that the build is part of, if the request is recorded
	sender  *sender // for the handler; created when its constructor asks for it
	kept    *sender // for scoped values; created when a constructor asks for it
}

// Supply implements [wiring.Supplier].
func (r *request) Supply(t reflect.Type, kept bool) any {
	switch t {
	case contextType:
		return r.ctx
	case bindingType:
		return r.binding
	case senderType:
		return r.supplySender(kept)
	default:
		panic("cqrs: a request cannot supply " + t.String())
	}
}

func (r *request) supplySender(kept bool) *sender {
	to := &r.supply.sender
	if kept {
		to = &r.supply.kept
	}
	if *to == nil {
		if !r.shared { // the present build must remain the only one
			r.building.Lock()
			r.share()
		}
		*to = newSender(r.supply.frame, r.supply.message, kept)
	}
	return *to
}

// share prepares the request for use by other goroutines. It locks, since goroutines with an
// expired lease may call enter at the same time.
func (r *request) share() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shared, r.open = true, true
}

// senderOfRun returns the Sender for the function passed to [Mediator.Run].
func (r *request) senderOfRun() *sender {
	r.share()
	s := newSender(frame{lease: r.lease()}, nil, false)
	s.constructed()
	return s
}

// build builds a handler or a middleware in the scope, on one goroutine at a time. It
// returns an error with [ErrRequestEnded] if the lease of f is no longer valid.
func (r *request) build(ctx context.Context, f frame, root int, message reflect.Type) (any, error) {
	if f.gen != r.gen.Load() {
		return nil, endedError(message)
	}
	if f.isNested() {
		if err := r.enter(f.lease, message); err != nil {
			return nil, err
		}
		defer r.leave()
	}
	if r.shared && !r.building.TryLock() {
		if inConstructor() {
			return nil, constructingError(message)
		}
		r.building.Lock()
	}
	defer r.built()
	r.supply.frame, r.supply.message = f, message
	if r.trace != nil {
		r.supply.within = spanOf(ctx)
	}
	r.used = true
	return construct(r.scope, root)
}

// built ends a build: its Senders may send from now on.
func (r *request) built() {
	if s := &r.supply; s.frame.req != nil {
		s.sender.constructed()
		s.kept.constructed()
		*s = supply{}
	}
	if r.shared {
		r.building.Unlock()
	}
}

// conclude ends a request, given the error of its handler. done reports whether the
// request itself succeeded; outcome is then the error of its after-scope deliveries.
func (r *request) conclude(ctx context.Context, err error) (outcome error, done bool) {
	if err = r.settle(ctx, err); err == nil {
		done = true
		if r.trace != nil {
			ctx = r.span.outside(ctx)
		}
		err = r.m.deliverAfterScope(ctx, r.binding, r.after, r.trace)
	}
	return err, done
}

// settle ends the part of a request that is in its scope: if err is nil it dispatches the
// events and has the journal write what the request stores, and then it closes the scope. It
// returns the outcome.
func (r *request) settle(ctx context.Context, err error) error {
	if err == nil {
		err = r.dispatch(ctx)
	}
	if err == nil && r.trace != nil && r.trace.preview {
		err = ErrPreview
	}
	if err == nil && !r.outgoing.isEmpty() {
		err = r.write(ctx)
	}
	if err != nil && r.shared {
		r.shut()
	}
	err = failed(err)
	r.settled = true
	if r.used {
		err = r.closeScope(ctx, err)
	}
	if r.trace != nil {
		r.span.end(err)
	}
	if err == nil && r.outgoing.written && len(r.outgoing.records) > 0 {
		r.m.listeners.notify()
	}
	return err
}

// closeScope runs the finalizers and returns the outcome, which they change if they fail. If
// one of them ends the goroutine, nobody receives the outcome; release reports it.
func (r *request) closeScope(ctx context.Context, outcome error) error {
	r.outcome, r.closing = outcome, true
	r.scope.Close(uncancelled(ctx), &r.outcome, r.unwound)
	r.closing = false
	return r.outcome
}

// uncancelled returns a context with the values of ctx that is never cancelled, for
// finalizers.
func uncancelled(ctx context.Context) context.Context {
	if safe.NeverCancelled(ctx) {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// finalizerUnwound returns the error of a finalizer that panicked with value, or that ended
// the goroutine if value is nil.
func (r *request) finalizerUnwound(value any, where string) error {
	if value == nil {
		return ErrExit
	}
	return r.m.panicked(r.ctx, value, nil, where)
}

// close releases a request; whoever opens one defers it. If there is no outcome yet, the
// application's code is ending the goroutine, by runtime.Goexit or by a panic of the
// consumer of a stream, so close also closes the scope.
func (r *request) close(ctx context.Context) {
	defer r.release()
	if !r.settled {
		r.m.lose(ctx, r.binding, r.settle(ctx, ErrExit))
	}
}

// release empties the request and returns it to the pool.
func (r *request) release() {
	if r.closing {
		if r.trace != nil {
			r.span.end(r.outcome)
		}
		r.m.lose(r.ctx, r.binding, r.outcome)
	}
	if r.shared {
		r.mu.Lock()
		r.open = false
		r.mu.Unlock()
	}
	r.gen.Add(1)
	r.ctx, r.binding, r.supply = nil, nil, supply{}
	r.queue.reset()
	r.after = recycle(r.after)
	if !r.outgoing.isEmpty() {
		r.outgoing = outgoing{}
	}
	if r.trace != nil {
		r.scope.Watch(nil) // nothing was built, so that the scope was not closed
		r.trace, r.span = nil, nil
	}
	r.outcome = nil
	r.shared, r.used, r.settled, r.closing = false, false, false, false
	r.m.idle.Put(r)
}
