package randomapp_test

import (
	"context"
	"slices"
)

// kept is a next whose middleware has returned.
type kept struct {
	name  string
	calls int
	next  func() (any, error)
}

// forked is a goroutine that sends once it is joined.
type forked struct {
	id    int
	begun bool
	send  func()
	start chan struct{}
	ended chan struct{}
}

// pulled is a stream that was not read to its end.
type pulled struct {
	message *message
	ended   bool
	next    func() (int, error, bool)
	stop    func()
}

// left is a next that ran when its middleware returned.
type left struct {
	name  string
	ended chan struct{}
	err   error
}

// serveAll runs the requests of the application. Values kept from them are used once they
// have ended: some at once, the rest in later requests or at the end.
func (w *world) serveAll() {
	for _, r := range w.app.requests {
		w.serve(r)
	}
	w.useLate(func(int) bool { return true })
	for _, p := range w.pulled {
		p.stop()
	}
}

func (w *world) serve(r *request) {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), requestKey{}, r))
	defer cancel()
	w.request, w.cancel, w.builds, w.closes = r, cancel, 0, 0
	w.onItsOwn(func() { _ = w.begin(ctx, r) })
	w.drain(r)
	w.note("end")
	for _, l := range w.left {
		<-l.ended
		w.note("%s left behind: %s", l.name, describe(l.err))
	}
	w.left = nil
	w.useLate(func(id int) bool { return id%2 == 0 || w.app.concurrency > 1 })
}

// useLate uses the values kept from the requests so far whose message is among some.
func (w *world) useLate(among func(id int) bool) {
	w.callLate()
	for _, f := range w.forked {
		if among(f.id) {
			w.join(f)
		}
	}
	w.readOn(among)
}

// onItsOwn runs f on a goroutine that f may end.
func (w *world) onItsOwn(f func()) {
	if !w.real {
		defer func() {
			if v := recover(); v != nil && v != (exit{}) {
				panic(v)
			}
		}()
		f()
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	<-ended
}

// begin calls the mediator for a request.
func (w *world) begin(ctx context.Context, r *request) (err error) {
	w.saw(r.do)
	switch r.do {
	case publish:
		err = w.mediator.publish(ctx, r.events)
		w.note("published: %s", w.outcome(err))
	case publishTo:
		err = w.mediator.publishTo(ctx, r.message, w.app.bound(r.message)[r.to])
		w.note("published m%d: %s", r.message.id, w.outcome(err))
	case run:
		err = w.mediator.run(ctx, func(ctx context.Context, s sender) error {
			h := &handling{world: w, name: "run", ctx: ctx, sender: s, body: r.body}
			h.note("begins" + w.astray(ctx))
			if err := h.runSteps(); err != nil {
				return err
			}
			return w.fail(r.body.ends[0])
		})
		w.note("ran: %s", w.outcome(err))
	default:
		err = w.sendOne(ctx, w.mediator, r.message, r.take, r.panics)
	}
	return err
}

// sendOne sends a command or a query, or consumes a stream.
func (w *world) sendOne(ctx context.Context, s sender, m *message, take int, panics bool) (err error) {
	if m.kind != stream {
		result, err := s.send(ctx, m)
		w.note("sent m%d = %v, %s", m.id, result, w.outcome(err))
		return err
	}
	defer func() {
		if v := recover(); v == (consumerPanic{}) {
			w.note("the consumer of m%d panicked", m.id)
		} else if v != nil {
			panic(v)
		}
	}()
	for item, e := range s.stream(ctx, m) {
		w.note("m%d has item %d, %s", m.id, item, w.outcome(e))
		if e == nil {
			enter(w.producer(m), atItem, m)
		}
		err = e
		if take--; take == 0 && panics {
			panic(consumerPanic{})
		} else if take == 0 {
			break
		}
	}
	w.note("streamed m%d", m.id)
	return err
}

// callLate calls each next whose middleware has returned.
func (w *world) callLate() {
	for _, k := range slices.Clone(w.kept) {
		if k.calls++; k.calls <= 3 {
			result, err := k.next()
			w.note("late %s = %v, %s", k.name, result, describe(err))
		}
	}
}

// join lets a forked goroutine continue and waits for it, unless that has been done.
func (w *world) join(f *forked) {
	if f.begun {
		return
	}
	f.begun = true
	if !w.real {
		f.send()
		return
	}
	close(f.start)
	<-f.ended
}

// readOn takes one more item from those of the left streams that are among some.
func (w *world) readOn(among func(id int) bool) {
	for _, p := range slices.Clone(w.pulled) {
		if p.ended || !among(p.message.id) {
			continue
		}
		item, err, more := p.next()
		w.note("m%d goes on with %d, %s, %v", p.message.id, item, describe(err), more)
		p.ended = !more
	}
}
