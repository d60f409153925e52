package cqrs

import (
	"sync"
	"sync/atomic"
)

// turn controls which link of a chain of middleware may run. The links are numbered from
// the outside, and the end of the chain is the last. Only the innermost link that has begun
// may call next, so that only one call of next runs at a time. A link does not end before a
// call of next that it left running; a later call is rejected.
//
// If nobody has to wait, a turn costs two atomic operations per link.
type turn struct {
	state atomic.Int32                // how many links have begun; see depthOf
	queue atomic.Pointer[waitingRoom] // nil until somebody waits
}

// sealed marks a depth whose innermost link calls next with another Invocation.
const sealed = 1 << 30

// depthOf returns how many links have begun. A state is negative, -n-1 in place of n, if
// somebody waits.
func depthOf(state int32) int32 {
	if state < 0 {
		state = -state - 1
	}
	return state &^ sealed
}

// A waitingRoom is where goroutines wait for their turn.
type waitingRoom struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting int
	leaving int32 // 1 + the outermost link that is ending; 0 if none is
}

// beginAt makes a turn whose link i has begun.
func (t *turn) beginAt(i int32) { t.state.Store(i + 1) }

// tryEnter begins link i on behalf of the one outside of it, if it is its turn.
func (t *turn) tryEnter(i int32) bool { return t.state.CompareAndSwap(i, i+1) }

// enter begins link i. It waits while another call of next runs, and returns false if the
// outer link has ended or is ending.
func (t *turn) enter(i int32) bool {
	q := t.lock()
	defer q.mu.Unlock()
	for {
		state := t.state.Load()
		depth := depthOf(state)
		switch {
		case depth < i || q.leaving > 0 && q.leaving <= i:
			return false
		case depth > i:
			t.wait(q, state)
		case state == i+sealed || state == -(i+sealed)-1:
			return false
		case t.move(q, state, i+1):
			return true
		}
	}
}

// isTaken reports whether link i would have to wait.
func (t *turn) isTaken(i int32) bool { return depthOf(t.state.Load()) > i }

// seal lets no link begin within link i, which has begun.
func (t *turn) seal(i int32) {
	for {
		state := t.state.Load()
		next := i + 1 + sealed
		if state < 0 {
			next = -next - 1
		}
		if t.state.CompareAndSwap(state, next) {
			return
		}
	}
}

// finish waits for a call of next that link i has left behind, and lets no other begin. It
// comes before leave.
func (t *turn) finish(i int32) {
	if t.state.CompareAndSwap(i+1, i+1+sealed) {
		return
	}
	q := t.lock()
	defer q.mu.Unlock()
	if q.leaving == 0 || i+1 < q.leaving {
		q.leaving = i + 1
	}
	for {
		state := t.state.Load()
		switch {
		case depthOf(state) > i+1:
			t.wait(q, state)
		case state == i+1+sealed, state == -(i+1+sealed)-1, t.move(q, state, i+1+sealed):
			q.changed.Broadcast()
			return
		}
	}
}

// leave ends link i. It waits for a call of next that link i has left running.
func (t *turn) leave(i int32) {
	if !t.state.CompareAndSwap(i+1, i) && !t.state.CompareAndSwap(i+1+sealed, i) {
		t.leaveSlowly(i)
	}
}

// leaveSlowly ends link i when others wait or links inside it are still running.
func (t *turn) leaveSlowly(i int32) {
	q := t.lock()
	defer q.mu.Unlock()
	if q.leaving == 0 || i+1 < q.leaving {
		q.leaving = i + 1
	}
	for {
		state := t.state.Load()
		if depthOf(state) > i+1 {
			t.wait(q, state)
		} else if t.move(q, state, i) {
			break
		}
	}
	if q.leaving == i+1 {
		q.leaving = 0
	}
	q.changed.Broadcast()
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

// move changes the state from one to that of a depth. The caller has locked the room, as
// for wait.
func (t *turn) move(q *waitingRoom, from, depth int32) bool {
	if q.waiting > 0 {
		depth = -depth - 1
	}
	return t.state.CompareAndSwap(from, depth)
}

// wait waits for a change, if the state still is what it was.
func (t *turn) wait(q *waitingRoom, state int32) {
	if state >= 0 && !t.state.CompareAndSwap(state, -state-1) {
		return
	}
	q.waiting++
	q.changed.Wait()
	q.waiting--
}
