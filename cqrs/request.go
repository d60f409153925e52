package cqrs

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// A request is one call of a mediator, from the opening of its scope until its
// after-scope deliveries. Requests are pooled: a request serves one caller after
// another, and nothing of the former stays. Whatever may outlive it, like a Sender,
// refers to it by a [lease].
type request struct {
	m      *Mediator
	scope  Scope
	ctx    context.Context
	gen    atomic.Uint64 // counts the callers that it has served; see lease
	shared bool          // a Sender was handed out: other goroutines may use the request

	building sync.Mutex // of a shared request, held while the scope builds
	supply   supply     // for the build that is going on

	mu      sync.Mutex // of a shared request, guards what follows
	changed sync.Cond  // users became 0, or the queue got an event
	open    bool       // a lease may be used
	users   int        // leases that are in use
	queue   queue

	after   []queued // events with after-scope subscriptions, in order
	used    bool     // something was built in the scope
	closed  bool     // the scope is closed
	settled bool     // the outcome is known

	unwound func(value any, where string) error // finalizerUnwound, made once
}

var (
	contextType = reflect.TypeFor[context.Context]()
	senderType  = reflect.TypeFor[Sender]()
)

func newRequest(m *Mediator, newScope func(Supplier) Scope) *request {
	r := &request{m: m}
	r.changed.L = &r.mu
	r.queue.limit = int64(m.config.EventLimit)
	r.scope = newScope(r)
	r.unwound = r.finalizerUnwound
	return r
}

func (m *Mediator) begin(ctx context.Context) *request {
	r := m.idle.Get().(*request)
	r.ctx = ctx
	return r
}

// lock locks what other goroutines use too. Until there is a Sender there are none,
// which saves 20 ns for each event.
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

// A supply is what a request hands to the constructors of one build.
type supply struct {
	frame   frame
	message reflect.Type
	sender  *sender // made when a constructor asks for it
	kept    *sender // the same, for a scoped value
}

// Supply gives the scope what constructors may ask a request for.
func (r *request) Supply(t reflect.Type, kept bool) any {
	switch t {
	case contextType:
		return r.ctx
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
		if !r.shared { // the build that is going on is to be the only one
			r.building.Lock()
			r.share()
		}
		*to = newSender(r.supply.frame, r.supply.message, kept)
	}
	return *to
}

// share readies the request for other goroutines. Those that hold a lease of an earlier
// request may be there already.
func (r *request) share() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shared, r.open = true, true
}

// senderOfRun returns the Sender that the function given to [Mediator.Run] gets.
func (r *request) senderOfRun() *sender {
	r.share()
	s := newSender(frame{lease: r.lease()}, nil, false)
	s.constructed()
	return s
}

// build has the scope build a handler or a middleware. One goroutine does so at a
// time. It returns an error with [ErrRequestEnded] if the lease is over.
func (r *request) build(f frame, root int, message reflect.Type) (any, error) {
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
	r.used = true
	return construct(r.scope, root)
}

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
// request itself has succeeded; err is then that of its after-scope deliveries.
func (r *request) conclude(ctx context.Context, err error) (outcome error, done bool) {
	if err = r.settle(ctx, err); err == nil {
		done = true
		err = r.m.deliverAfterScope(ctx, r.after)
	}
	r.settled = true
	return err, done
}

// settle ends the part of a request that is in its scope: it dispatches the events,
// if the handler has succeeded, and closes the scope. It returns the outcome.
func (r *request) settle(ctx context.Context, err error) error {
	if err == nil {
		err = r.dispatch(ctx)
	}
	if err != nil && r.shared {
		r.shut()
	}
	err = failed(err)
	r.closed = true
	if r.used {
		err = r.scope.Close(uncancelled(ctx), err, r.unwound)
	}
	return err
}

// uncancelled returns a context for finalizers, which is never cancelled.
func uncancelled(ctx context.Context) context.Context {
	if safe.NeverCancelled(ctx) {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// finalizerUnwound makes an error of a finalizer that has not returned. value is nil
// if it ends the goroutine.
func (r *request) finalizerUnwound(value any, where string) error {
	if value == nil {
		return ErrExit
	}
	return r.m.panicked(r.ctx, value, nil, where)
}

// close is deferred by whoever opens a request. If there is no outcome, the goroutine
// is ending in the application's code, by runtime.Goexit or by a panic that is not
// ours to recover, and the scope is still to be closed.
func (r *request) close(ctx context.Context) {
	defer r.release()
	if !r.settled && !r.closed {
		r.settle(ctx, ErrExit)
	}
}

// release returns the request to the pool, with nothing in it.
func (r *request) release() {
	if r.shared {
		r.mu.Lock()
		r.open = false
		r.mu.Unlock()
	}
	r.gen.Add(1)
	r.ctx, r.supply = nil, supply{}
	r.queue.reset()
	r.after = recycle(r.after)
	r.shared, r.used, r.closed, r.settled = false, false, false, false
	r.m.idle.Put(r)
}
