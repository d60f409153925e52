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

// afterScope tells the handlers after the scope of events, and returns the
// errors of those that failed, joined.
func (m *Mediator) afterScope(ctx context.Context, events []raised) error {
	if len(events) == 0 {
		return nil
	}
	a := &aftermath{m: m, ctx: ctx}
	a.changed.L = &a.mu
	a.add(events)
	return a.run()
}

func (a *aftermath) add(events []raised) {
	for _, e := range events {
		for _, s := range a.m.topic(reflect.TypeOf(e.event)).afterScope {
			a.tasks = append(a.tasks, task{e, s})
		}
	}
}

// run works with the goroutine of the caller until there is nothing left to do.
func (a *aftermath) run() error {
	a.work()
	return a.outcome()
}

// work also goes on if a handler ends the goroutine.
func (a *aftermath) work() {
	finished := false
	defer func() {
		if !finished {
			a.work()
		}
	}()
	for {
		t, ok := a.next(true)
		if !ok {
			finished = true
			return
		}
		a.do(t)
	}
}

// help works with a goroutine of its own while there are tasks.
func (a *aftermath) help() {
	defer func() {
		a.m.returnHelper()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.running--
		a.changed.Broadcast()
	}()
	for {
		t, ok := a.next(false)
		if !ok {
			return
		}
		a.do(t)
	}
}

// next takes the next task, and has helpers look after those behind it. If
// there is none but may still be some, it waits if it is told to.
func (a *aftermath) next(wait bool) (t task, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.tasks) == 0 {
		if a.running == 0 || !wait {
			return task{}, false
		}
		a.changed.Wait()
	}
	t = a.tasks[0]
	a.tasks[0] = task{}
	a.tasks = a.tasks[1:]
	for range a.tasks {
		if !a.m.borrowHelper() {
			break
		}
		a.running++
		go a.help()
	}
	return t, true
}

func (a *aftermath) outcome() error {
	if len(a.errs) == 0 {
		return nil
	}
	return &afterScopeError{errs: a.errs}
}

// do runs one handler in a scope of its own, unless the context is cancelled.
func (a *aftermath) do(t task) {
	if err := a.ctx.Err(); err != nil {
		a.done(t, nil, err)
		return
	}
	finished := false
	defer func() {
		if !finished {
			a.done(t, nil, ErrExit)
		}
	}()
	after, err := t.alone(a.ctx, t.raised)
	finished = true
	a.done(t, after, err)
}

// done notes the outcome of a task, and the events that it has raised for
// after-scope handlers.
func (a *aftermath) done(t task, after []raised, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(after)
	a.changed.Broadcast()
	if err == nil {
		return
	}
	failure := t.eventError(t.event, err)
	failure.AfterScope = true
	a.errs = append(a.errs, failure)
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
