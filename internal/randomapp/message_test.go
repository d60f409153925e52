package randomapp_test

import (
	"context"
	"iter"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/cqrs"
)

// The keys of messages.
type (
	keyA struct{}
	keyB struct{}
)

// Messages of package cqrs, each with the drawn message that it stands for.
type (
	commandOf[K any] struct {
		cqrs.Command
		of *message
	}
	queryOf[K any] struct {
		cqrs.Query[int]
		of *message
	}
	streamOf[K any] struct {
		cqrs.StreamOf[int]
		of *message
	}
	eventOf[K any] struct {
		cqrs.DomainEvent
		of *message
	}
	carrier interface{ carried() *message }
)

func (m commandOf[K]) carried() *message { return m.of }
func (m queryOf[K]) carried() *message   { return m.of }
func (m streamOf[K]) carried() *message  { return m.of }
func (m eventOf[K]) carried() *message   { return m.of }

// The scoped values.
type (
	inner struct{ n int }
	outer struct {
		n      int
		sender cqrs.Sender
	}
)

// The dependencies of handlers.
type (
	needsAll struct {
		dig.In
		Outer   *outer
		Sender  cqrs.Sender
		Context context.Context
	}
	needsNothing struct{ dig.In }
	needsInner   struct {
		dig.In
		Inner *inner
	}
	need interface {
		needsAll | needsNothing | needsInner
		handler() handler
	}
)

func (n needsAll) handler() handler {
	return handler{
		leaf: full, uses: usesOuter(n.Outer.n), sender: realSender{n.Sender}, value: realSender{n.Outer.sender},
	}
}
func (needsNothing) handler() handler { return handler{leaf: bare, uses: usesNothing} }
func (n needsInner) handler() handler { return handler{leaf: some, uses: usesInner(n.Inner.n)} }

// part is embedded in handlers that are built for each message.
type part[N need] struct {
	cqrs.EventRecorder
	world *realWorld
	need  N
}

func (p *part[N]) fill(w *realWorld, n N) { p.world, p.need = w, n }

func (p *part[N]) of(m *message) handler {
	h := p.need.handler()
	h.binding = p.world.bindingOf(m, h.leaf)
	h.record = func(m *message) { p.Record(slots[event][m.key].event(m)) }
	return h
}

func (p *part[N]) handle(ctx context.Context, m *message) (any, error) {
	return p.world.handle(ctx, m, p.of(m))
}

// shared is embedded in singleton handlers.
type shared struct{ world *realWorld }

func (s *shared) fill(w *realWorld) { s.world = w }

func (s *shared) of(m *message) handler {
	return handler{binding: s.world.bindingOf(m, solo), leaf: solo, uses: usesNothing}
}

func (s *shared) handle(ctx context.Context, m *message) (any, error) {
	return s.world.handle(ctx, m, s.of(m))
}

// The handlers.
type (
	commandHandler[K any, N need] struct{ part[N] }
	queryHandler[K any, N need]   struct{ part[N] }
	streamHandler[K any, N need]  struct{ part[N] }
	eventHandler[K any, N need]   struct{ part[N] }

	commandSingleton[K any] struct{ shared }
	querySingleton[K any]   struct{ shared }
	streamSingleton[K any]  struct{ shared }
	eventSingleton[K any]   struct{ shared }
)

func (h *commandHandler[K, N]) Handle(ctx context.Context, m commandOf[K]) error {
	_, err := h.handle(ctx, m.of)
	return err
}

func (h *queryHandler[K, N]) Handle(ctx context.Context, m queryOf[K]) (int, error) {
	result, err := h.handle(ctx, m.of)
	n, _ := result.(int)
	return n, err
}

func (h *streamHandler[K, N]) Handle(ctx context.Context, m streamOf[K]) iter.Seq2[int, error] {
	return h.world.handleStream(ctx, m.of, h.of(m.of))
}

func (h *eventHandler[K, N]) Handle(ctx context.Context, m eventOf[K]) error {
	_, err := h.handle(ctx, m.of)
	return err
}

func (h *commandSingleton[K]) Handle(ctx context.Context, m commandOf[K]) error {
	_, err := h.handle(ctx, m.of)
	return err
}

func (h *querySingleton[K]) Handle(ctx context.Context, m queryOf[K]) (int, error) {
	result, err := h.handle(ctx, m.of)
	n, _ := result.(int)
	return n, err
}

func (h *streamSingleton[K]) Handle(ctx context.Context, m streamOf[K]) iter.Seq2[int, error] {
	return h.world.handleStream(ctx, m.of, h.of(m.of))
}

func (h *eventSingleton[K]) Handle(ctx context.Context, m eventOf[K]) error {
	_, err := h.handle(ctx, m.of)
	return err
}
