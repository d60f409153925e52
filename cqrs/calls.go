package cqrs

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// calls counts the calls of a mediator in flight, so that [Mediator.Close] can wait for them. A
// call is whatever begins outside of a request: Send, Stream, Publish, Run, and a delivery of a
// relay. What happens within a request, such as a nested send, is part of its call.
//
// The counts are exact. They are spread over cache lines, because goroutines that add to the same
// one would wait for each other.
type calls struct {
	stripes [1 << stripeBits]stripe

	mu      sync.Mutex // held while the stripes are closed
	closed  bool
	closing chan struct{} // closed when Close begins
	idle    chan struct{} // closed when no call is left
	left    atomic.Int64  // calls that were in flight when Close began, without those that have ended
}

const (
	stripeBits = 6
	closedMark = math.MinInt64 / 2 // is added to the count of a stripe when it is closed
)

// stripe is a count of calls in flight. It is negative once the mediator is closed.
type stripe struct {
	inFlight atomic.Int64
	_        [56]byte // up to the size of a cache line
}

// open prepares c for use.
func (c *calls) open() { c.closing, c.idle = make(chan struct{}), make(chan struct{}) }

// begin counts a call until end is called with what begin returned. It returns nil if the mediator
// is closed.
func (c *calls) begin() *stripe {
	s := c.stripe()
	if s.inFlight.Add(1) < 0 {
		s.inFlight.Add(-1)
		return nil
	}
	return s
}

// end ends what begin began.
func (c *calls) end(s *stripe) {
	if s.inFlight.Add(-1) < 0 {
		c.leave()
	}
}

// leave is called for each call that ends after Close has begun. Until Close has added the calls
// that were in flight, left is negative.
func (c *calls) leave() {
	if c.left.Add(-1) == 0 {
		close(c.idle)
	}
}

// stripe returns the stripe of the present goroutine. Goroutines have stacks of their own, whose
// addresses say well enough which goroutine it is. Any stripe would be correct.
func (c *calls) stripe() *stripe {
	var here byte
	stack := uint64(uintptr(unsafe.Pointer(&here))) >> 11 // the smallest stack has 2 KB
	return &c.stripes[stack*golden>>(64-stripeBits)]
}

// close refuses calls from now on and returns how many are in flight. first reports whether it is
// the first call of close.
func (c *calls) close() (inFlight int, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return int(c.left.Load()), false
	}
	c.closed = true
	close(c.closing)
	var n int64
	for i := range c.stripes {
		n += c.stripes[i].inFlight.Add(closedMark) - closedMark
	}
	if c.left.Add(n) == 0 {
		close(c.idle)
	}
	return int(n), true
}

// wait waits until the calls that were in flight have ended, or ctx has, and returns how many are
// left.
func (c *calls) wait(ctx context.Context) (left int) {
	var done <-chan struct{}
	safe.Do(func() { done = ctx.Done() })
	select {
	case <-c.idle:
	case <-done:
	}
	return int(c.left.Load())
}
