// Package turn runs the links of a chain of middleware one at a time.
package turn

import (
	"sync"
	"sync/atomic"
)

// Turn controls which link of a chain of middleware may run. The links are numbered from
// the outside, and the end of the chain is the last. Only the innermost link that has begun
// may call next, so that only one call of next runs at a time. A link does not end before a
// call of next that it left running; a later call is rejected.
//
// In the zero value link 0 has begun. If nobody has to wait and no link fails, link 0 costs
// one atomic operation and every other link two.
type Turn struct {
	state atomic.Int32                // the innermost link that has begun; see innermost
	queue atomic.Pointer[waitingRoom] // nil until somebody waits
}

const (
	// sealed marks a state in which no link may begin within the innermost one, because that
	// has ended or calls next with another Invocation.
	sealed = 1 << 30
	// again marks a state in which the link within the innermost one has ended. If it begins
	// once more, the state is sealed at once: what its first call has left behind may call
	// next at any time.
	again = 1 << 29
)

// unwaited returns a state as it is if nobody waits. If somebody does, it is negative: -n-1
// in place of n.
func unwaited(state int32) int32 {
	if state < 0 {
		return -state - 1
	}
	return state
}

// innermost returns the innermost link that has begun.
func innermost(state int32) int32 { return unwaited(state) &^ (sealed | again) }

// isSealed reports whether no link may begin within the innermost one.
func isSealed(state int32) bool { return unwaited(state)&sealed != 0 }

// outsideOf returns the state after link i has ended. After link 0 no other may begin.
func outsideOf(i int32) int32 {
	if i == 0 {
		return sealed
	}
	return i - 1 | again
}

// insideOf returns the state after link i has begun, given the one before.
func insideOf(state, i int32) int32 {
	if unwaited(state)&again != 0 {
		return i | sealed
	}
	return i
}

// waitingRoom is where goroutines wait for their turn.
type waitingRoom struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting int
	leaving int32 // 1 + the outermost link that is ending; 0 if none is
}

// announce notes that link i is ending. The caller has locked the room.
func (q *waitingRoom) announce(i int32) {
	if q.leaving == 0 || i+1 < q.leaving {
		q.leaving = i + 1
	}
}

// BeginAt makes a turn whose link i has begun.
func (t *Turn) BeginAt(i int32) { t.state.Store(i) }

// TryEnter begins link i on behalf of the one outside of it, if it is its turn. Nothing is
// outside of link 0.
func (t *Turn) TryEnter(i int32) bool {
	return i == 0 || t.state.CompareAndSwap(i-1, i) || t.state.CompareAndSwap(i-1|again, i|sealed)
}

// Enter begins link i. It waits while another call of next runs, and returns false if the
// outer link has ended or is ending.
func (t *Turn) Enter(i int32) bool {
	q := t.lock()
	defer q.mu.Unlock()
	for {
		state := t.state.Load()
		switch last := innermost(state); {
		case last < i-1 || q.leaving > 0 && q.leaving <= i:
			return false
		case last >= i:
			t.wait(q, state)
		case isSealed(state):
			return false
		case t.move(q, state, insideOf(state, i)):
			return true
		}
	}
}

// IsTaken reports whether link i would have to wait.
func (t *Turn) IsTaken(i int32) bool { return innermost(t.state.Load()) >= i }

// IsAgain reports whether the link that has just begun has begun before.
func (t *Turn) IsAgain() bool { return isSealed(t.state.Load()) }

// Finish waits for a call of next that link i has left behind, and lets no other begin. It
// comes before Leave.
func (t *Turn) Finish(i int32) {
	if state := t.state.Load(); state&^again == i && t.state.CompareAndSwap(state, i|sealed) {
		return
	}
	q := t.lock()
	defer q.mu.Unlock()
	q.announce(i)
	for {
		state := t.state.Load()
		switch {
		case innermost(state) > i:
			t.wait(q, state)
		case isSealed(state), t.move(q, state, i|sealed):
			q.changed.Broadcast()
			return
		}
	}
}

// Leave ends link i. It waits for a call of next that link i has left running.
func (t *Turn) Leave(i int32) {
	state := t.state.Load()
	if state < 0 || innermost(state) != i || !t.state.CompareAndSwap(state, outsideOf(i)) {
		t.leaveSlowly(i)
	}
}

// leaveSlowly ends link i when others wait or links inside it are still running.
func (t *Turn) leaveSlowly(i int32) {
	q := t.lock()
	defer q.mu.Unlock()
	q.announce(i)
	for {
		state := t.state.Load()
		if innermost(state) > i {
			t.wait(q, state)
		} else if t.move(q, state, outsideOf(i)) {
			break
		}
	}
	if q.leaving == i+1 {
		q.leaving = 0
	}
	q.changed.Broadcast()
}

// lock returns the waiting room, locked.
func (t *Turn) lock() *waitingRoom {
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

// move changes the state. The caller has locked the room, as for wait.
func (t *Turn) move(q *waitingRoom, from, to int32) bool {
	if q.waiting > 0 {
		to = -to - 1
	}
	return t.state.CompareAndSwap(from, to)
}

// wait waits for a change, if the state still is what it was.
func (t *Turn) wait(q *waitingRoom, state int32) {
	if state >= 0 && !t.state.CompareAndSwap(state, -state-1) {
		return
	}
	q.waiting++
	q.changed.Wait()
	q.waiting--
}
