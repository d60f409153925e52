package randomapp_test

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
)

// passage is a message on its way through middleware to its handler.
type passage struct {
	m       *model
	message *message
	binding *binding
	layers  []*layer
	outside int // the number of layers around the scope

	scope    *scope // nil if the passage opens its own, and has not yet
	nested   bool
	line     *[]raised // the queue that after-scope deliveries of its scope join; or nil
	delivery *delivery // if it is a durable one
	tree     *tree     // the tree of the events that it records; or nil

	recorded []*message   // in the last call of next
	dones    []*doneError // that calls of next around the scope have returned
	items    items        // of a stream
}

func (m *model) passage(msg *message, index int) *passage {
	p := &passage{m: m, message: msg, binding: m.world.app.bound(msg)[index]}
	p.layers, p.outside = m.world.app.chain(p.binding)
	return p
}

// send handles the message. If it is nested, its events join the queue.
func (p *passage) send(ctx context.Context) (any, error) {
	result, err := guarded(func() (any, error) { return p.pass(ctx, 0, nil) })
	if err == nil && p.nested {
		if p.scope.ended {
			err = cqrs.ErrRequestEnded
		} else {
			err = p.scope.raise(p.recorded, p.tree)
		}
	}
	if !p.m.done(err) {
		result = zero(p.message.kind)
	}
	return result, err
}

// link is a running middleware within those outside it. Once one of these has returned,
// its next is late.
type link struct {
	outer *link
	over  bool
}

func (l *link) leave()       { l.over = true }
func (l *link) isLate() bool { return l != nil && (l.over || l.outer.isLate()) }

// pass continues with middleware i or, after the last one, with the handlers. The
// middleware around the scope and that in it are two chains.
func (p *passage) pass(ctx context.Context, i int, outer *link) (any, error) {
	if i != p.outside {
		return p.inChain(ctx, i, outer)
	}
	result, err := p.once(&p.items.closed, func() (any, error) {
		if p.nested {
			return p.settle(p.inChain(ctx, i, nil))
		}
		return p.open(ctx)
	})
	p.items.outcome = err
	return result, err
}

func (p *passage) inChain(ctx context.Context, i int, outer *link) (any, error) {
	if i == len(p.layers) {
		return p.once(&p.items.answered, func() (any, error) { return p.ask(ctx) })
	}
	this := &link{outer: outer}
	defer this.leave()
	return p.judge(guarded(func() (any, error) {
		l := p.layers[i]
		if l.built == scoped {
			if _, err := p.scope.value(layerName(l.id), "inner"); err != nil {
				return nil, err
			}
		}
		return (&passing{
			world: p.m.world, layer: l, index: i, message: p.message, binding: p.binding, nested: p.nested,
			spent: func() bool { return p.items.spent }, left: this.leave,
			next: func(ctx context.Context) (any, error) { return p.next(ctx, i+1, this) },
		}).pass(ctx)
	}))
}

// next is what a middleware calls. Events recorded in an earlier call are dropped, and so
// are those recorded in a call that fails.
func (p *passage) next(ctx context.Context, i int, caller *link) (any, error) {
	if caller.isLate() {
		return nil, cqrs.ErrRequestEnded
	}
	p.recorded = nil
	result, err := p.pass(ctx, i, caller)
	if !p.m.done(err) {
		result, p.recorded = nil, nil
	}
	return result, err
}

// judge returns the outcome of what a middleware returned.
func (p *passage) judge(result any, err error) (any, error) {
	wrong := &cqrs.MiddlewareError{Reason: cqrs.ErrResultType}
	fits := reflect.TypeOf(result) == reflect.TypeOf(zero(p.message.kind))
	switch {
	case err == nil && !fits:
		return nil, wrong
	case err == nil:
		return result, nil
	case !slices.Contains(p.dones, doneBut(err)):
		return nil, failure(err)
	case !fits:
		return nil, errors.Join(wrong, err)
	default:
		return result, err
	}
}

// zero is the result of a request that failed.
func zero(k kind) any { return [...]any{cqrs.Unit{}, 0, nil, nil}[k] }

// open opens a scope for the rest of the chain.
func (p *passage) open(ctx context.Context) (any, error) {
	result, err := p.m.request(ctx, p.line, func(s *scope) (any, error) {
		p.scope, p.recorded, p.items.broken, p.items.answered = s, nil, nil, answer{}
		defer func() { p.scope = nil }()
		result, err := p.settle(p.inChain(ctx, p.outside, nil))
		if err == nil {
			err = s.raise(p.recorded, p.tree)
		}
		s.delivery = p.delivery
		return result, err
	})
	if e := doneBut(err); e != nil {
		p.dones = append(p.dones, e)
	}
	return result, err
}

// ask calls the handlers.
func (p *passage) ask(ctx context.Context) (any, error) {
	result, err := p.askTarget(ctx, p.binding.target)
	if err == cqrs.ErrNotHandled && p.binding.target.rule != single && !p.items.spent {
		err = &cqrs.NotHandledError{}
	}
	return result, err
}

// askTarget calls a handler, or the handlers of a target according to its rule.
func (p *passage) askTarget(ctx context.Context, t *target) (any, error) {
	switch t.rule {
	case chain:
		for _, part := range t.parts {
			result, err := p.askTarget(ctx, part)
			if err != cqrs.ErrNotHandled || p.items.spent {
				return result, err
			}
		}
		return nil, cqrs.ErrNotHandled
	case fallback:
		before := len(p.recorded)
		result, err := p.askTarget(ctx, t.parts[0])
		falls := [...]bool{ctx.Err() == nil, true, false}[t.when]
		if err == nil || !falls || p.items.isFinal() {
			return result, err
		}
		p.recorded = p.recorded[:before]
		result, errAlso := p.askTarget(ctx, t.parts[1])
		switch {
		case errAlso == nil || p.items.stopped: // the consumer has stopped
			return result, errAlso
		case err == cqrs.ErrNotHandled && errAlso == err:
			return nil, err
		default:
			return nil, errors.Join(err, errAlso)
		}
	default:
		return guarded(func() (any, error) { return p.handle(ctx, t.leaf) })
	}
}

// handle builds a handler and calls it with the message.
func (p *passage) handle(ctx context.Context, l leaf) (any, error) {
	uses, err := p.scope.handler(l)
	if err != nil {
		return nil, err
	}
	via := &modelSender{p.scope, p.tree}
	h := handler{p.binding, l, uses, via, via, func(m *message) { p.recorded = append(p.recorded, m) }}
	if p.message.kind == stream {
		return nil, p.consume(p.m.world.handleStream(ctx, p.message, h))
	}
	result, err := p.m.world.handle(ctx, p.message, h)
	return result, failure(err)
}
