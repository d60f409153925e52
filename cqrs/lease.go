package cqrs

import "reflect"

// A lease is the right to use a request, and is over when the request has ended. It
// is the door through which everything passes that other goroutines, or code which
// runs late, do in a request: nothing is built, sent or raised without it.
type lease struct {
	req *request
	gen uint64 // of the caller that the request serves
}

func (r *request) lease() lease { return lease{r, r.gen.Load()} }

// enter lets one more user of a shared request in, which ends with leave. It returns
// an error with [ErrRequestEnded] if the request serves that caller no more.
func (r *request) enter(l lease, message reflect.Type) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.open || l.gen != r.gen.Load() {
		return endedError(message)
	}
	r.users++
	return nil
}

func (r *request) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users--; r.users == 0 {
		r.changed.Broadcast()
	}
}

// shut lets nobody in any more, and waits for those who are.
func (r *request) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = false
	for r.users > 0 {
		r.changed.Wait()
	}
}

// shutIfIdle shuts the request if nobody uses it and its queue is empty. Otherwise it
// waits until there is an event in the queue, or nobody uses the request.
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
