package randomapp_test

import (
	"context"
	"runtime"
	"sync"
)

// hook is called when something begins to run inside a call of next.
type hook struct {
	outer *hook
	once  sync.Once
	from  moment   // nothing before it calls it
	of    *message // the stream, if it waits for an item
	do    func()
}

// moment is when a hook may be called.
type moment int

const (
	atMiddleware moment = iota
	atHandler
	atItem // the consumer of a stream has an item
)

type hookKey struct{}

func withHook(ctx context.Context, h *hook) context.Context {
	h.outer, _ = ctx.Value(hookKey{}).(*hook)
	return context.WithValue(ctx, hookKey{}, h)
}

// enter is called by each middleware and handler that begins to run, and when a consumer has
// an item of the stream; ctx is then that of the handler.
func enter(ctx context.Context, at moment, m *message) {
	h, _ := ctx.Value(hookKey{}).(*hook)
	for ; h != nil; h = h.outer {
		if at >= h.from && (h.from != atItem || h.of == m) {
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

// atOnce calls next from two goroutines, the second time while the first call is running.
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

// leave calls next, and fails as the act says while the handler is running or the consumer
// has an item, or after next has returned.
func (p *passing) leave(ctx context.Context, a act) (err error) {
	from := atHandler
	if a.late {
		from = atItem
	}
	l := &left{name: p.name(), ended: make(chan struct{})}
	later(p.world, &p.world.left, l)
	if !p.real {
		h := &hook{from: from, of: p.message, do: func() {
			p.note("%s leaves", p.name())
			p.left()
			_, err = guarded(func() (any, error) { return nil, p.fail(a.fault) })
		}}
		_, l.err = p.next(withHook(ctx, h))
		h.once.Do(h.do)
		close(l.ended)
		return err
	}
	entered, gone := make(chan struct{}), make(chan struct{})
	h := &hook{from: from, of: p.message, do: func() {
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
	defer close(gone)
	return p.fail(a.fault)
}
