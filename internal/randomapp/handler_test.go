package randomapp_test

import (
	"context"
	"fmt"
	"iter"

	"github.com/digcqrs/digcqrs/cqrs"
)

// handler is an instance that is called with a message.
type handler struct {
	binding *binding
	leaf    leaf
	uses    string         // which scoped value it was given
	sender  sender         // nil if it has none
	value   sender         // that of the scoped value; nil if there is none
	record  func(*message) // nil if it records no events
}

// handling is a running body.
type handling struct {
	*world
	name   string
	ctx    context.Context
	record func(*message)
	sender sender
	value  sender
	body   *body
	end    fault
	yield  func(int, error) bool // of a stream
	items  int
	stops  bool // yield has returned false
}

// handle does what a handler does with a message.
func (w *world) handle(ctx context.Context, m *message, of handler) (any, error) {
	h := w.enterHandler(ctx, m, of)
	if err := h.runSteps(); err != nil {
		return nil, err
	}
	if err := w.fail(h.end); err != nil {
		return nil, err
	}
	if m.kind == query {
		return m.id, nil
	}
	return ownAnswer(m.kind), nil
}

// handleStream does what the handler of a stream does.
func (w *world) handleStream(ctx context.Context, m *message, of handler) iter.Seq2[int, error] {
	h := w.enterHandler(ctx, m, of)
	w.setProducer(m, ctx)
	if h.end == nilStream {
		w.saw(nilStream)
		return nil
	}
	if h.body.early && h.end.isPanic() {
		_ = w.fail(h.end)
	}
	return func(yield func(int, error) bool) {
		h.yield = yield
		err := h.runSteps()
		if err == nil && (!h.stops || h.end.isPanic() || h.end == exits) {
			err = w.fail(h.end)
		}
		if err != nil {
			yield(0, err)
		}
		w.mu.Lock()
		w.emptied[m] = err == nil
		w.mu.Unlock()
		h.note("ends")
	}
}

func (w *world) enterHandler(ctx context.Context, m *message, of handler) *handling {
	route := m.routes[of.binding.index]
	h := &handling{
		world: w, name: fmt.Sprintf("m%d by b%d/%d", m.id, of.binding.index, of.leaf), ctx: ctx,
		record: of.record, sender: of.sender, value: of.value, body: route.bodies[of.leaf],
	}
	if n := w.visit(place{route, -1, of.leaf}); n < len(h.body.ends) {
		h.end = h.body.ends[n]
	}
	h.note("uses " + of.uses + w.astray(ctx))
	enter(ctx, atHandler, m)
	return h
}

// ownAnswer is what answers a message without a result of a handler.
func ownAnswer(k kind) any {
	switch k {
	case command:
		return cqrs.Unit{}
	case query:
		return -1
	default:
		return nil
	}
}

func (h *handling) note(what string) { h.world.note("%s %s", h.name, what) }

// runSteps runs the steps of the body until one fails or the consumer of the stream stops.
func (h *handling) runSteps() error {
	for i := range h.body.steps {
		s := &h.body.steps[i]
		err := h.step(s)
		if h.stops {
			return nil
		}
		if err == nil {
			continue
		}
		switch s.then {
		case returnsIt:
			return err
		case wrapsIt:
			return &wrapped{h.number(), err}
		}
	}
	return nil
}

func (h *handling) step(s *step) error {
	h.saw(s.do)
	via := h.sender
	if s.value {
		via = h.value
	}
	switch s.do {
	case records:
		h.record(s.message)
	case sends:
		return h.sendOne(h.ctx, via, s.message, s.take, false)
	case publishes:
		err := via.publish(h.ctx, []*message{s.message})
		h.note(fmt.Sprintf("publishes m%d: %s", s.message.id, describe(err)))
		return err
	case yields:
		h.items++
		if h.stops = !h.yield(h.items, nil); h.stops && h.body.ignores {
			h.yield(h.items, nil)
			h.note("goes on after the end")
		}
	case cancels:
		h.cancel()
	case callsLate:
		h.callLate()
	case begins:
		return h.begin(h.ctx, s.request)
	case forks:
		h.fork(s)
	case joins:
		for _, f := range h.forked {
			h.join(f)
		}
	case pulls:
		h.pull(s)
	case reads:
		h.readOn(func(int) bool { return true })
	}
	return nil
}

// fork starts a goroutine that sends the message once it is joined.
func (h *handling) fork(s *step) {
	f := &forked{id: s.message.id, start: make(chan struct{}), ended: make(chan struct{})}
	f.send = func() { _ = h.sendOne(h.ctx, h.sender, s.message, s.take, false) }
	later(h.world, &h.forked, f)
	if h.real {
		go func() {
			defer close(f.ended)
			<-f.start
			f.send()
		}()
	}
}

// pull takes some items of a stream and leaves it there.
func (h *handling) pull(s *step) {
	next, stop := iter.Pull2(h.sender.stream(h.ctx, s.message))
	p := &pulled{s.message, false, next, stop}
	for range s.take {
		item, err, more := next()
		h.note(fmt.Sprintf("pulls %d, %s, %v of m%d", item, describe(err), more, s.message.id))
		p.ended = !more
	}
	later(h.world, &h.pulled, p)
}
