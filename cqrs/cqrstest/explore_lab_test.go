package cqrstest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type (
	mix   struct{ cqrs.Command }
	taste struct{ cqrs.Command }
	mixed struct{ cqrs.DomainEvent }
)

// lab is an application whose parts can be replaced by defective ones.
type lab struct {
	outbox *outboxtest.Store
	over   chan struct{} // closed at the end of the test
	mu     sync.Mutex
	notes  []string

	mix        func(ctx context.Context, h *mixer) error
	taste      func(ctx context.Context) error
	begin      func() (*notebook, container.Finalizer, error)
	journal    func(*notebook) cqrs.Journal
	middleware []cqrs.Middleware
	request    func(ctx context.Context, m *cqrs.Mediator) error
	mediator   *cqrs.Mediator
}

// note changes the world at once.
func (l *lab) note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, text)
}

// effects returns what has changed in the world.
func (l *lab) effects() any {
	stats, err := l.outbox.Stats(context.Background())
	pending := 0
	for _, s := range stats {
		pending += s.Pending
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return []any{slices.Clone(l.notes), pending, err}
}

// notebook is a transaction.
type notebook struct {
	*outboxtest.Tx
	lab   *lab
	notes []string
}

func (n *notebook) note(text string) { n.notes = append(n.notes, text) }

func (n *notebook) Commit() error {
	for _, text := range n.notes {
		n.lab.note(text)
	}
	return n.Tx.Commit()
}

func (l *lab) newNotebook() (*notebook, container.Finalizer, error) {
	n := &notebook{Tx: l.outbox.Begin(), lab: l}
	return n, container.Transaction(n), nil
}

// mixer handles mix.
type mixer struct {
	cqrs.EventRecorder
	lab      *lab
	notebook *notebook
	sender   cqrs.Sender
}

func (h *mixer) Handle(ctx context.Context, _ mix) error { return h.lab.mix(ctx, h) }

// mixSoundly notes what it does, and has it tasted.
func mixSoundly(ctx context.Context, h *mixer) error {
	h.notebook.note("mixed")
	h.Record(mixed{})
	return h.sender.Send(ctx, taste{})
}

type taster struct{ lab *lab }

func (h *taster) Handle(ctx context.Context, _ taste) error { return h.lab.taste(ctx) }

type (
	cleaner struct{ notebook *notebook }
	caller  struct{ lab *lab }
	shipper struct{ notebook *notebook }
)

func (h *cleaner) Handle(context.Context, mixed) error {
	h.notebook.note("cleaned")
	return nil
}

func (h *caller) Handle(context.Context, mixed) error {
	h.lab.note("called")
	return nil
}

func (h *shipper) Handle(context.Context, mixed) error {
	h.notebook.note("shipped")
	return nil
}

// newLab returns a sound application.
func newLab() *lab {
	l := &lab{outbox: outboxtest.NewStore(), mix: mixSoundly}
	l.taste = func(context.Context) error { return nil }
	l.begin = l.newNotebook
	l.journal = func(n *notebook) cqrs.Journal { return outboxtest.NewJournal(n.Tx) }
	l.request = func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, mix{}) }
	return l
}

func (l *lab) start(opts ...bootstrap.Option) *cqrs.Mediator {
	c := container.New()
	err := errors.Join(c.ProvideAll(
		func(n *notebook, s cqrs.Sender) *mixer { return &mixer{lab: l, notebook: n, sender: s} },
		func() *taster { return &taster{l} },
		func(n *notebook) *cleaner { return &cleaner{n} },
		func() *caller { return &caller{l} },
		func(n *notebook) *shipper { return &shipper{n} },
	), c.Provide(l.begin, container.Scoped()), c.Provide(l.journal, container.Scoped()))
	if err != nil {
		panic(err)
	}
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*mixer](m)
		cqrs.BindCommand[*taster](m)
	}, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[mixed]{Name: "mixed"})
		cqrs.BindEvent[*cleaner](m)
		cqrs.BindEvent[*caller](m, cqrs.AfterScope())
		cqrs.BindEvent[*shipper](m, cqrs.Durable("shipping"))
	}, append(opts, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithMiddleware(l.middleware...))...)
	if err != nil {
		panic(err)
	}
	l.mediator = m
	return m
}

// drain sends mix and has a relay deliver what that stored, whether it succeeded or not.
func (l *lab) drain(ctx context.Context, m *cqrs.Mediator) error {
	relay, err := outbox.NewRelay(l.outbox, m)
	return errors.Join(err, m.Send(ctx, mix{}), relay.Drain(context.WithoutCancel(ctx)))
}

// explore explores the failures of labs in a bubble, where waiting takes no time.
func explore(t *testing.T, change func(*lab), opts ...cqrstest.ExploreOption) (failures []string) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		var now *lab
		build := func(_ testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
			now = newLab()
			now.over = over
			change(now)
			return now.start(opts...)
		}
		request := func(ctx context.Context, m *cqrs.Mediator) error { return now.request(ctx, m) }
		opts = append(opts, cqrstest.Effects(func() any { return now.effects() }))
		fake := &fakeT{}
		failures = fake.run(func() { cqrstest.ExploreFailures(fake, build, request, opts...) })
	})
	return failures
}
