package randomapp_test

import (
	"context"
	"iter"

	"github.com/digcqrs/digcqrs/cqrs"
)

// items is the state of a stream.
type items struct {
	yield   func(int, error) bool
	spent   bool  // the consumer has an item
	stopped bool  // the consumer broke off
	broken  error // an event before an item was not handled, or the request has ended

	closed, answered answer // of the scope, and of the handlers
	outcome          error  // of the scope, in the last call of next
}

// isFinal reports whether no other handler can take over.
func (i *items) isFinal() bool { return i.spent || i.stopped || i.broken != nil }

// answer is what a further call of next gets again, instead of another stream.
type answer struct {
	given    bool
	err      error
	recorded []*message
}

// stream has the message answered item by item.
func (p *passage) stream(ctx context.Context, yield func(int, error) bool) {
	p.items.yield = yield
	_, err := p.send(ctx)
	switch {
	case p.items.stopped:
		p.m.lose(join(p.items.outcome, err))
	case err != nil:
		yield(0, err)
	}
}

// once calls f. It does not do so again for a stream whose consumer has an item, or one of
// whose events was not handled.
func (p *passage) once(a *answer, f func() (any, error)) (any, error) {
	if a.given {
		p.recorded = a.recorded
		return nil, a.err
	}
	result, err := f()
	if p.items.spent || p.items.broken != nil && p.scope != nil {
		*a = answer{true, err, p.recorded}
	}
	return result, err
}

// settle returns how a stream has ended in its scope. No middleware can hide that its consumer
// broke off, or that an event was not handled: its own error is joined.
func (p *passage) settle(result any, err error) (any, error) {
	switch {
	case p.items.stopped:
		return nil, join(cqrs.ErrStreamStopped, err)
	case p.items.broken != nil && !p.nested:
		return nil, join(p.items.broken, err)
	default:
		return result, err
	}
}

// consume takes the items of a handler and hands them out.
func (p *passage) consume(all iter.Seq2[int, error]) (err error) {
	if all == nil {
		return cqrs.ErrNilStream
	}
	ended := false
	_, panicked := guarded(func() (any, error) {
		all(func(item int, e error) bool {
			if ended {
				panic(yieldPanic{})
			}
			err = failure(e)
			ended = err != nil || !p.handOut(item)
			return !ended
		})
		return nil, nil
	})
	if panicked != nil {
		err = panicked
	}
	switch {
	case p.items.stopped:
		return join(cqrs.ErrStreamStopped, panicked)
	case p.items.broken != nil || err == nil && !p.dispatch():
		return join(p.items.broken, err)
	default:
		return err
	}
}

// handOut hands out an item when the events before it are handled.
func (p *passage) handOut(item int) bool {
	if !p.dispatch() {
		return false
	}
	p.items.spent = true
	if p.items.stopped = !p.items.yield(item, nil); p.items.stopped {
		return false
	}
	if p.scope.ended {
		p.items.broken = cqrs.ErrRequestEnded
	}
	return p.items.broken == nil
}

// dispatch handles what the handler has recorded so far, unless the stream is a part of
// another request: then its events wait.
func (p *passage) dispatch() bool {
	if !p.nested {
		events := p.recorded
		p.recorded = nil
		if p.items.broken = p.scope.raise(events, p.tree); p.items.broken == nil {
			p.items.broken = p.scope.dispatch()
		}
	}
	return p.items.broken == nil
}
