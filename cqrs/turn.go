package cqrs

import (
	"sync"
	"sync/atomic"
)

// A turn says which link of a chain of middleware may go on. The links are numbered
// from the outside, and the handler is the last of them. Only the innermost link that
// has begun may call next, so one call of next runs at a time; one that a link leaves
// behind is waited for before the link is left itself, and one that comes later finds
// that it is not its turn.
//
// As long as nobody has to wait, a turn costs two atomic operations for each link.
type turn struct {
	depth atomic.Int32                // how many links have begun; negative, -depth-1, if somebody waits
	queue atomic.Pointer[waitingRoom] // nil until somebody waits
}

// A waitingRoom is where goroutines wait for their turn.
type waitingRoom struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting int
	leaving int32 // 1 + the outermost link that waits for those within; 0 if there is none
}

// tryEnter begins link i on behalf of the one outside of it, if it is its turn.
func (t *turn) tryEnter(i int32) bool { return t.depth.CompareAndSwap(i, i+1) }

// enter is tryEnter, but waits while another call of next goes on. It returns false if
// the outer link is left, or being left.
func (t *turn) enter(i int32) bool {
	q := t.lock()
	defer q.mu.Unlock()
	for {
		switch depth := t.now(); {
		case depth < i || q.leaving > 0 && q.leaving <= i:
			return false
		case depth > i:
			t.wait(q, depth)
		case t.move(q, i, i+1):
			return true
		}
	}
}

// isTaken reports whether link i would have to wait.
func (t *turn) isTaken(i int32) bool { return t.now() > i }

// leave ends link i. It waits for a call of next that link i has left behind.
func (t *turn) leave(i int32) {
	if !t.depth.CompareAndSwap(i+1, i) {
		t.leaveSlowly(i)
	}
}

func (t *turn) leaveSlowly(i int32) {
	q := t.lock()
	defer q.mu.Unlock()
	if q.leaving == 0 || i+1 < q.leaving {
		q.leaving = i + 1
	}
	for !t.move(q, i+1, i) {
		if depth := t.now(); depth > i+1 {
			t.wait(q, depth)
		}
	}
	if q.leaving == i+1 {
		q.leaving = 0
	}
	q.changed.Broadcast()
}

// now returns the depth.
func (t *turn) now() int32 {
	depth := t.depth.Load()
	if depth < 0 {
		return -depth - 1
	}
	return depth
}

// lock returns the waiting room, locked.
func (t *turn) lock() *waitingRoom {
	q := t.queue.Load()
	if q == nil {
		q = new(waitingRoom)
		q.changed.L = &q.mu
		if !t.queue.CompareAndSwap(nil, q) {
			q = t.queue.Load()
		}
	}
	q.mu.Lock()
	return q
}

// move changes the depth if it is from. The caller has locked the room, as for wait.
func (t *turn) move(q *waitingRoom, from, to int32) bool {
	if q.waiting > 0 {
		to = -to - 1
	}
	return t.depth.CompareAndSwap(from, to) || t.depth.CompareAndSwap(-from-1, to)
}

// wait waits for a change, if the depth still is what it was.
func (t *turn) wait(q *waitingRoom, depth int32) {
	if !t.depth.CompareAndSwap(depth, -depth-1) && t.depth.Load() != -depth-1 {
		return
	}
	q.waiting++
	q.changed.Wait()
	q.waiting--
}
