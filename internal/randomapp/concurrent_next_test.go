package randomapp_test

import (
	"context"
	"runtime"
	"sync"
)

// A hook is called by what begins to run inside of a call of next.
type hook struct {
	outer   *hook
	once    sync.Once
	handler bool // only a handler calls it
	do      func()
}

type hookKey struct{}

func withHook(ctx context.Context, h *hook) context.Context {
	h.outer, _ = ctx.Value(hookKey{}).(*hook)
	return context.WithValue(ctx, hookKey{}, h)
}

// enter is called by each middleware and handler that begins to run.
func enter(ctx context.Context, handler bool) {
	h, _ := ctx.Value(hookKey{}).(*hook)
	for ; h != nil; h = h.outer {
		if handler || !h.handler {
			h.once.Do(h.do)
		}
	}
}

// giveWay lets other goroutines run, such as one that should be waiting.
func giveWay() {
	for range 20 {
		runtime.Gosched()
	}
}

// atOnce calls next from two goroutines, the second time when the first call is at work.
// It returns what the second call returned.
func (p *passing) atOnce(ctx context.Context) (any, error) {
	var first, second struct {
		result any
		err    error
	}
	call := func(ctx context.Context, call *struct {
		result any
		err    error
	}) {
		call.result, call.err = p.next(ctx)
	}
	if p.real {
		var both sync.WaitGroup
		entered, calling := make(chan struct{}), make(chan struct{})
		h := &hook{do: func() {
			close(entered)
			<-calling
			giveWay()
		}}
		both.Go(func() {
			defer h.once.Do(func() { close(entered) })
			call(withHook(ctx, h), &first)
		})
		<-entered
		both.Go(func() {
			close(calling)
			call(ctx, &second)
		})
		both.Wait()
	} else {
		call(ctx, &first)
		call(ctx, &second)
	}
	p.note("%s: next at once = %v, %s and %v, %s", p.name(),
		first.result, p.outcome(first.err), second.result, p.outcome(second.err))
	return second.result, second.err
}

// leave calls next and returns when the handler is at work, or when next has returned.
func (p *passing) leave(ctx context.Context) {
	l := &left{name: p.name(), ended: make(chan struct{})}
	later(p.world, &p.world.left, l)
	if !p.real {
		h := &hook{handler: true, do: func() {
			p.note("%s leaves", p.name())
			p.left()
		}}
		_, l.err = p.next(withHook(ctx, h))
		h.once.Do(h.do)
		close(l.ended)
		return
	}
	entered, gone := make(chan struct{}), make(chan struct{})
	h := &hook{handler: true, do: func() {
		close(entered)
		<-gone
		giveWay()
	}}
	go func() {
		defer close(l.ended)
		defer h.once.Do(func() { close(entered) })
		_, l.err = p.next(withHook(ctx, h))
	}()
	<-entered
	p.note("%s leaves", p.name())
	close(gone)
}
