// Package workers runs items of work on the goroutine of the caller and on a limited number
// of helpers, which several queues share.
package workers

import "sync"

// Helpers is a number of goroutines that several queues share.
type Helpers struct{ busy chan struct{} }

// NewHelpers returns n helpers, which are all free.
func NewHelpers(n int) *Helpers { return &Helpers{make(chan struct{}, max(n, 0))} }

// borrow reserves a helper, and reports whether one was free.
func (h *Helpers) borrow() bool {
	select {
	case h.busy <- struct{}{}:
		return true
	default:
		return false
	}
}

func (h *Helpers) giveBack() { <-h.busy }

// Queue is a queue of items. They start in the order in which they were added, on the
// goroutine that calls Work and on as many helpers as are free.
type Queue[T any] struct {
	do       func(T)
	all      *Helpers
	mu       sync.Mutex
	changed  sync.Cond
	waiting  []T
	helpers  int // how many work on this queue
	starting int // helpers that have not looked for an item yet
}

// NewQueue returns an empty queue. do may add further items, and may end its goroutine by
// runtime.Goexit, but must not panic.
func NewQueue[T any](all *Helpers, do func(T)) *Queue[T] {
	q := &Queue[T]{do: do, all: all}
	q.changed.L = &q.mu
	return q
}

// Add appends items.
func (q *Queue[T]) Add(items ...T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, items...)
	q.changed.Broadcast()
}

// Work runs items until none is waiting or running. If do ends the goroutine, Work
// continues with the remaining items, but does not return.
func (q *Queue[T]) Work() {
	finished := false
	defer func() {
		if !finished {
			q.Work()
		}
	}()
	for {
		next, ok := q.take(true, false)
		if !ok {
			finished = true
			return
		}
		q.do(next)
	}
}

// help runs items on a goroutine of its own until none is waiting.
func (q *Queue[T]) help() {
	defer func() {
		q.all.giveBack()
		q.mu.Lock()
		defer q.mu.Unlock()
		q.helpers--
		q.changed.Broadcast()
	}()
	for starting := true; ; starting = false {
		next, ok := q.take(false, starting)
		if !ok {
			return
		}
		q.do(next)
	}
}

// take removes and returns the next item, and starts helpers for those behind it. If none
// is waiting but helpers may still add some, it waits if wait is set. starting is set for
// the first call of a helper.
func (q *Queue[T]) take(wait, starting bool) (next T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if starting {
		q.starting--
	}
	for len(q.waiting) == 0 {
		if q.helpers == 0 || !wait {
			return next, false
		}
		q.changed.Wait()
	}
	next = q.waiting[0]
	clear(q.waiting[:1])
	q.waiting = q.waiting[1:]
	for q.starting < len(q.waiting) && q.all.borrow() {
		q.helpers++
		q.starting++
		go q.help()
	}
	return next, true
}
