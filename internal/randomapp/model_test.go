package randomapp_test

import (
	"context"
	"errors"
	"iter"

	"github.com/digcqrs/digcqrs/cqrs"
)

// model is a mediator as docs/scopes.md describes it: in one goroutine, without a
// container, and without anything that makes it fast. It uses only the errors of package
// cqrs.
type model struct{ world *world }

func newModel(app *application) *world {
	w := newWorld(app)
	w.mediator = &model{w}
	return w
}

func (m *model) send(ctx context.Context, msg *message) (any, error) {
	return m.passage(msg, 0).send(ctx)
}

func (m *model) stream(ctx context.Context, msg *message) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) { m.passage(msg, 0).stream(ctx, yield) }
}

func (m *model) publish(ctx context.Context, events []*message) error {
	_, err := m.request(ctx, nil, func(s *scope) (any, error) { return nil, s.raise(events, nil) })
	return err
}

func (m *model) run(ctx context.Context, do func(context.Context, sender) error) error {
	_, err := m.request(ctx, nil, func(s *scope) (any, error) { return nil, failure(do(ctx, &modelSender{s, nil})) })
	return err
}

// publishTo delivers the event to one handler, and then makes the after-scope deliveries.
func (m *model) publishTo(ctx context.Context, msg *message, b *binding) error {
	if b.stored {
		m.world.commit([]stored{{msg, b}})
		return nil
	}
	p := m.passage(msg, b.index)
	var line []raised
	p.tree, p.line = &tree{count: 1}, &line
	_, unwinds, err := guard(func() (any, error) { return p.send(ctx) })
	switch {
	case unwinds != nil:
		err = nil
	case err != nil:
		err = &cqrs.EventError{Value: eventValue(msg), Subscription: b.name(), Err: err}
	}
	var failed []*cqrs.EventError
	_, also, _ := guard(func() (any, error) {
		failed = m.deliver(ctx, line)
		return nil, nil
	})
	switch {
	case also != nil:
		m.lose(err)
		panic(also)
	case err != nil:
		return errors.Join(append(asErrors(failed), err)...)
	case failed != nil:
		err = &doneError{failed}
	}
	if unwinds != nil {
		m.lose(err)
		panic(unwinds)
	}
	return err
}

// request opens a scope, calls do in it, handles the events, and closes it. After-scope
// deliveries are appended to the line or, if there is none, made at once.
func (m *model) request(ctx context.Context, line *[]raised, do func(*scope) (any, error)) (any, error) {
	s := &scope{m: m, ctx: ctx, values: make(map[string]int)}
	result, unwinds, outcome := guard(func() (any, error) {
		result, err := do(s)
		if err == nil {
			err = s.dispatch()
		}
		if err == nil && s.delivery != nil && s.delivery.completed {
			err = cqrs.ErrLeaseLost
		}
		return result, err
	})
	s.ended = true
	if outcome == nil { // the journal is built last, so it is the first to be finalized
		m.world.commit(s.stored)
		if s.delivery != nil {
			s.delivery.completed = true
		}
	}
	for len(s.finalizers) > 0 {
		last := s.finalizers[len(s.finalizers)-1]
		s.finalizers = s.finalizers[:len(s.finalizers)-1]
		_, also, err := guard(func() (any, error) { return nil, last(context.WithoutCancel(ctx), outcome) })
		outcome = join(outcome, err)
		if also != nil {
			unwinds = also // as in Go, an exit ends a panic
		}
	}
	switch {
	case outcome != nil:
		for _, t := range s.counted {
			t.count--
		}
		if unwinds != nil {
			m.lose(outcome)
			panic(unwinds)
		}
		return nil, outcome
	case line != nil:
		*line = append(*line, s.after...)
		if s.delivery != nil {
			s.delivery.done = true
		}
		return result, nil
	}
	if failed := m.deliver(ctx, s.after); failed != nil {
		return result, &doneError{failed}
	}
	return result, nil
}

// deliver makes after-scope deliveries, each in a scope of its own. Those that follow from
// them join the end of the line.
func (m *model) deliver(ctx context.Context, line []raised) (failed []*cqrs.EventError) {
	var unwinds any
	for ; len(line) > 0; line = line[1:] {
		r, err := line[0], ctx.Err()
		if err == nil {
			p := m.passage(r.event, r.to.index)
			p.tree, p.line = r.tree, &line
			var also any
			if _, also, err = guard(func() (any, error) { return p.send(ctx) }); also != nil {
				unwinds = also
				continue
			}
		}
		if err != nil {
			failed = append(failed, &cqrs.EventError{
				Value: eventValue(r.event), Subscription: r.to.name(), Delivery: cqrs.DeliveryAfterScope, Err: err,
			})
		}
	}
	if unwinds != nil {
		if failed != nil {
			m.lose(&doneError{failed})
		}
		panic(unwinds)
	}
	return failed
}
