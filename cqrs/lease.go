package cqrs

import "reflect"

// lease is the right to use a request until it ends. Other goroutines, and code that runs
// late, need a valid lease to build, send or raise anything in a request.
type lease struct {
	req *request
	gen uint64 // the generation of the request; see request.gen
}

// lease returns a lease for the caller that the request serves now.
func (r *request) lease() lease { return lease{r, r.gen.Load()} }

// enter registers one more user of a shared request, until leave. It returns an error with
// [ErrRequestEnded] if the lease is no longer valid.
func (r *request) enter(l lease, message reflect.Type) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.open || l.gen != r.gen.Load() {
		return endedError(message)
	}
	r.users++
	return nil
}

// leave ends the use of a request that began with enter.
func (r *request) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users--; r.users == 0 {
		r.changed.Broadcast()
	}
}

// shut admits no more users and waits until the present ones have left.
func (r *request) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = false
	for r.users > 0 {
		r.changed.Wait()
	}
}

// shutIfIdle waits until the queue has an event or the request has no users. It then shuts
// the request and returns true if the queue is empty.
func (r *request) shutIfIdle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.users > 0 && r.queue.empty() {
		r.changed.Wait()
	}
	if !r.queue.empty() {
		return false
	}
	r.open = false
	return true
}
