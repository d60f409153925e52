package cqrs

import (
	"context"
	"reflect"
	"sync"
)

// An aftermath runs the after-scope handlers of a request that has succeeded,
// and of the events that these raise in turn: in the order of the events, on
// the goroutine of the caller and on as many others as are free right now.
type aftermath struct {
	m       *Mediator
	ctx     context.Context
	mu      sync.Mutex
	changed sync.Cond
	tasks   []task
	running int // on other goroutines
	errs    []error
}

type task struct {
	raised
	*subscription
}

// afterScope runs what is to run after the scope of the request, and returns
// the errors of those handlers that failed, joined.
func (r *request) afterScope(ctx context.Context) error {
	if len(r.after) == 0 {
		return nil
	}
	a := &aftermath{m: r.m, ctx: ctx}
	a.changed.L = &a.mu
	a.add(r.after)
	return a.run()
}

func (a *aftermath) add(events []raised) {
	for _, e := range events {
		for _, s := range a.m.topics[typeID(reflect.TypeOf(e.event))].afterScope {
			a.tasks = append(a.tasks, task{e, s})
		}
	}
}

func (a *aftermath) run() error {
	defer a.wait() // also if a handler ends this goroutine
	for {
		t, alone, ok := a.next()
		switch {
		case !ok:
			return a.outcome()
		case a.ctx.Err() != nil:
			a.done(t, nil, a.ctx.Err())
		case !alone && a.m.borrowHelper():
			a.mu.Lock()
			a.running++
			a.mu.Unlock()
			go a.help(t)
		default:
			a.do(t)
		}
	}
}

func (a *aftermath) outcome() error {
	if len(a.errs) == 0 {
		return nil
	}
	return &afterScopeError{errs: a.errs}
}

// next takes the next task, and tells whether it is the last one for now. It
// waits while there is none but may still be some.
func (a *aftermath) next() (t task, alone, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.tasks) == 0 {
		if a.running == 0 {
			return task{}, false, false
		}
		a.changed.Wait()
	}
	t = a.tasks[0]
	a.tasks[0] = task{}
	a.tasks = a.tasks[1:]
	return t, len(a.tasks) == 0, true
}

// help runs one task on a goroutine of its own.
func (a *aftermath) help(t task) {
	defer func() {
		a.m.returnHelper()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.running--
		a.changed.Broadcast()
	}()
	a.do(t)
}

func (a *aftermath) wait() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.running > 0 {
		a.changed.Wait()
	}
}

// do runs one handler in a scope of its own.
func (a *aftermath) do(t task) {
	r := a.m.open(a.ctx)
	defer func() {
		if !r.ended {
			a.done(t, nil, ErrExit)
		}
		r.close(a.ctx)
	}()
	r.now = t.raised
	err := r.settle(a.ctx, t.call(a.ctx, r, t.event))
	a.done(t, r.after, err)
	r.ended = true
}

// done notes the outcome of a task, and the events that it has raised for
// after-scope handlers, if it succeeded.
func (a *aftermath) done(t task, after []raised, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.add(after)
		a.changed.Broadcast()
		return
	}
	a.errs = append(a.errs, &EventError{Event: t.message, Handler: t.handler, AfterScope: true, Err: err})
}

// borrowHelper takes one of the goroutines that the mediator may use beside
// those of its callers, if one is free.
func (m *Mediator) borrowHelper() bool {
	select {
	case m.helpers <- struct{}{}:
		return true
	default:
		return false
	}
}

func (m *Mediator) returnHelper() { <-m.helpers }
