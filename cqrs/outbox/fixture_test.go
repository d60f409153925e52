package outbox_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// moved is the event of the tests.
type moved struct {
	cqrs.DomainEvent
	Key string
	N   int
}

// remind is the command that the tests schedule.
type remind struct {
	cqrs.CommandOf[int]
	N int
}

var errHandler = errors.New("the handler says no")

// effect is what a handler has done, if its transaction was committed.
type effect struct {
	Handler string
	Key     string
	N       int
}

// ledger is the application's own table.
type ledger struct {
	mu      sync.Mutex
	effects []effect
}

func (l *ledger) all() []effect {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.effects)
}

// of returns the numbers of the effects of a handler, in the order of their commits.
func (l *ledger) of(handler string) (numbers []int) {
	for _, e := range l.all() {
		if e.Handler == handler {
			numbers = append(numbers, e.N)
		}
	}
	return numbers
}

// tx is a transaction in which effects are written beside the outbox.
type tx struct {
	*outboxtest.Tx
	ledger  *ledger
	effects []effect
	commit  func() error // fails a commit
	replied func() error // fails the reply to the commit of a delivery
}

func (t *tx) write(e effect) { t.effects = append(t.effects, e) }

func (t *tx) Commit() error {
	if t.commit != nil {
		if err := t.commit(); err != nil {
			return errors.Join(err, t.Rollback())
		}
	}
	t.ledger.mu.Lock()
	defer t.ledger.mu.Unlock()
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	t.ledger.effects = append(t.ledger.effects, t.effects...)
	if t.replied != nil && len(t.effects) > 0 {
		return t.replied()
	}
	return nil
}

// app is an application with a store in memory.
type app struct {
	t        *testing.T
	store    *outboxtest.Store
	ledger   ledger
	mediator *cqrs.Mediator
	outcomes []cqrs.DeliveryOutcome
	troubles []error
	mu       sync.Mutex

	// What the handlers do before they write their effect; nil for nothing.
	project func(ctx context.Context, e moved) error
	mail    func(ctx context.Context, e moved) error
	remind  func(ctx context.Context, c remind) error
	commit  func() error
	replied func() error
	follow  func(ctx context.Context) // after the scope of the projection
	options []bootstrap.Option
	// decorate changes the container before the mediator is made.
	decorate func(*container.Container) error
	ordered  []cqrs.DurableOption
	plain    []cqrs.DurableOption
}

func newApp(t *testing.T) *app { return &app{t: t, store: outboxtest.NewStore()} }

// followed is recorded by the projection, and handled after its scope.
type followed struct {
	cqrs.DomainEvent
}

type follower struct{ app *app }

func (h *follower) Handle(ctx context.Context, _ followed) error {
	if h.app.follow != nil {
		h.app.follow(ctx)
	}
	return nil
}

type projection struct {
	cqrs.EventRecorder
	app *app
	tx  *tx
}

func (h *projection) Handle(ctx context.Context, e moved) error {
	if h.app.project != nil {
		if err := h.app.project(ctx, e); err != nil {
			return err
		}
	}
	h.tx.write(effect{"projection", e.Key, e.N})
	h.Record(followed{})
	return nil
}

type mail struct {
	app *app
	tx  *tx
}

func (h *mail) Handle(ctx context.Context, e moved) error {
	if h.app.mail != nil {
		if err := h.app.mail(ctx, e); err != nil {
			return err
		}
	}
	h.tx.write(effect{"mail", e.Key, e.N})
	return nil
}

type reminder struct {
	app *app
	tx  *tx
}

func (h *reminder) Handle(ctx context.Context, c remind) (int, error) {
	if h.app.remind != nil {
		if err := h.app.remind(ctx, c); err != nil {
			return 0, err
		}
	}
	h.tx.write(effect{"remind", "", c.N})
	return c.N, nil
}

// start makes the mediator: the subscription "projection" is in order, and "mail" is not.
func (a *app) start() *app {
	c := container.New()
	begin := func(s *outboxtest.Store) (*tx, *outboxtest.Tx, container.Finalizer) {
		t := &tx{Tx: s.Begin(), ledger: &a.ledger, commit: a.commit, replied: a.replied}
		return t, t.Tx, container.Transaction(t)
	}
	require.NoError(a.t, c.ProvideAll(
		func() *outboxtest.Store { return a.store }, func() *app { return a },
		func(a *app, tx *tx) *projection { return &projection{app: a, tx: tx} },
		func(a *app) *follower { return &follower{a} },
		func(a *app, tx *tx) *mail { return &mail{a, tx} },
		func(a *app, tx *tx) *reminder { return &reminder{a, tx} },
	))
	for _, ctor := range []any{begin, outboxtest.NewJournal, outbox.NewScheduler} {
		require.NoError(a.t, c.Provide(ctor, container.Scoped()))
	}
	if a.decorate != nil {
		require.NoError(a.t, a.decorate(c))
	}
	requests := func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*reminder](m)
		cqrs.RegisterCommand(m, cqrs.CommandType[remind]{Name: "remind"})
	}
	events := func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[moved]{Name: "moved", Key: func(e moved) string { return e.Key }})
		cqrs.BindEvent[*projection](m, cqrs.Durable("projection", append(a.ordered, cqrs.InOrder())...))
		cqrs.BindEvent[*mail](m, cqrs.Durable("mail", a.plain...))
		cqrs.BindEvent[*follower](m, cqrs.AfterScope())
	}
	observer := cqrs.Observer{
		Delivered: func(_ context.Context, o cqrs.DeliveryOutcome) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.outcomes = append(a.outcomes, o)
		},
		RelayFailed: func(_ context.Context, err error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.troubles = append(a.troubles, err)
		},
	}
	var err error
	a.mediator, err = bootstrap.New(c, requests, events, append(a.options, bootstrap.WithObserver(observer))...)
	require.NoError(a.t, err)
	return a
}

// relay returns a relay for the store of the application.
func (a *app) relay(opts ...outbox.RelayOption) *outbox.Relay { return a.relayOf(a.store, opts...) }

func (a *app) relayOf(store outbox.Store, opts ...outbox.RelayOption) *outbox.Relay {
	r, err := outbox.NewRelay(store, a.mediator, opts...)
	require.NoError(a.t, err)
	return r
}

// run runs a relay until stop is called, which returns what Run returned.
func run(r *outbox.Relay) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

// publish publishes events with one key, numbered from first to last.
func (a *app) publish(key string, first, last int) {
	for n := first; n <= last; n++ {
		require.NoError(a.t, a.mediator.Publish(a.t.Context(), moved{Key: key, N: n}))
	}
}

func (a *app) stats(subscription string) outbox.Stats {
	all, err := a.store.Stats(a.t.Context())
	require.NoError(a.t, err)
	for _, s := range all {
		if s.Subscription == subscription {
			return s
		}
	}
	return outbox.Stats{Subscription: subscription}
}

func (a *app) deadLetters() []outbox.DeadLetter {
	dead, err := a.store.DeadLetters(a.t.Context(), outbox.Filter{})
	require.NoError(a.t, err)
	return dead
}

func count(from, to int) (numbers []int) {
	for n := from; n <= to; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// bubble runs a test in a bubble, whose clock moves when everything waits.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// settle waits until nothing in the bubble can go on before the clock moves.
func settle() { synctest.Wait() }

// pass lets time pass.
func pass(d time.Duration) { time.Sleep(d); synctest.Wait() }
