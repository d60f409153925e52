package cqrstest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type (
	book struct {
		cqrs.Command
		Room string
	}
	reserve struct {
		cqrs.CommandOf[int]
		Room string
	}
	list   struct{ cqrs.StreamOf[string] }
	booked struct {
		cqrs.DomainEvent
		Room string
	}
	counted struct{ cqrs.DomainEvent }
)

// hotelWorld is what the hotel has done.
type hotelWorld struct {
	outbox *outboxtest.Store
	rows   []string
	mails  []string
}

// tx writes to the tables and the outbox of the hotelWorld.
type hotelTx struct {
	*outboxtest.Tx
	world *hotelWorld
	rows  []string
}

func (t *hotelTx) Commit() error {
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	t.world.rows = append(t.world.rows, t.rows...)
	return nil
}

func (t *hotelTx) write(row string) { t.rows = append(t.rows, row) }

func beginHotel(w *hotelWorld) (*hotelTx, container.Finalizer) {
	t := &hotelTx{Tx: w.outbox.Begin(), world: w}
	return t, container.Transaction(t)
}

func newHotelJournal(t *hotelTx) cqrs.Journal { return outboxtest.NewJournal(t.Tx) }

type bookHandler struct {
	cqrs.EventRecorder
	tx     *hotelTx
	sender cqrs.Sender
}

func newBookHandler(tx *hotelTx, s cqrs.Sender) *bookHandler { return &bookHandler{tx: tx, sender: s} }

func (h *bookHandler) Handle(ctx context.Context, c book) error {
	if _, err := cqrs.Send(ctx, h.sender, reserve{Room: c.Room}); err != nil {
		return err
	}
	h.tx.write("booked " + c.Room)
	h.Record(booked{Room: c.Room})
	return nil
}

type remoteReserve struct{}

func newRemoteReserve() *remoteReserve { return &remoteReserve{} }

func (*remoteReserve) Handle(context.Context, reserve) (int, error) {
	return 0, errors.New("the remote system is down")
}

type localReserve struct {
	cqrs.EventRecorder
	tx *hotelTx
}

func newLocalReserve(tx *hotelTx) *localReserve { return &localReserve{tx: tx} }

func (h *localReserve) Handle(_ context.Context, c reserve) (int, error) {
	h.tx.write("reserved " + c.Room)
	h.Record(counted{})
	return 1, nil
}

type listHandler struct{ tx *hotelTx }

func newListHandler(tx *hotelTx) *listHandler { return &listHandler{tx: tx} }

func (h *listHandler) Handle(context.Context, list) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, room := range []string{"red", "blue"} {
			h.tx.write("listed " + room)
			if !yield(room, nil) {
				return
			}
		}
	}
}

type invoice struct {
	cqrs.EventRecorder
	tx *hotelTx
}

func newInvoice(tx *hotelTx) *invoice { return &invoice{tx: tx} }

func (h *invoice) Handle(_ context.Context, e booked) error {
	h.tx.write("invoice for " + e.Room)
	h.Record(counted{})
	return nil
}

type statistics struct{ tx *hotelTx }

func newStatistics(tx *hotelTx) *statistics { return &statistics{tx: tx} }

func (h *statistics) Handle(context.Context, counted) error {
	h.tx.write("counted")
	return nil
}

type hotelMail struct {
	world *hotelWorld
	tx    *hotelTx
}

func newHotelMail(w *hotelWorld, tx *hotelTx) *hotelMail { return &hotelMail{w, tx} }

func (h *hotelMail) Handle(_ context.Context, e booked) error {
	h.world.mails = append(h.world.mails, "booked "+e.Room)
	h.tx.write("mailed " + e.Room)
	return nil
}

type cleaning struct{ tx *hotelTx }

func newCleaning(tx *hotelTx) *cleaning { return &cleaning{tx} }

func (h *cleaning) Handle(_ context.Context, e booked) error {
	h.tx.write("cleaning of " + e.Room)
	return nil
}

// hotel is an application for the explorer.
type hotel struct {
	world   *hotelWorld
	provide func(c *container.Container) error
	options []bootstrap.Option
}

func hotelCommands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*bookHandler](m)
	cqrs.BindTarget(m, cqrs.Fallback(cqrs.RequestTarget[*remoteReserve](), cqrs.RequestTarget[*localReserve](), nil))
	cqrs.BindStream[*listHandler](m)
}

func hotelEvents(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[booked]{Name: "booked"})
	cqrs.BindEvent[*invoice](m)
	cqrs.BindEvent[*statistics](m)
	cqrs.BindEvent[*hotelMail](m, cqrs.AfterScope())
	cqrs.BindEvent[*cleaning](m, cqrs.Durable("cleaning"))
}

func passHotel(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

// build makes a hotel of its own.
func (h *hotel) build(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
	h.world = &hotelWorld{outbox: outboxtest.NewStore()}
	c := container.New()
	require.NoError(t, c.Provide(func() *hotelWorld { return h.world }))
	require.NoError(t, c.Provide(beginHotel, container.Scoped()))
	require.NoError(t, c.Provide(newHotelJournal, container.Scoped()))
	require.NoError(t, c.ProvideAll(newBookHandler, newRemoteReserve, newLocalReserve, newListHandler, newInvoice,
		newStatistics, newHotelMail, newCleaning))
	if h.provide != nil {
		require.NoError(t, h.provide(c))
	}
	opts = append(opts, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithMiddleware(
		cqrs.AroundScope(cqrs.MiddlewareFunc(passHotel)), cqrs.MiddlewareFunc(passHotel)))
	m, err := bootstrap.New(c, hotelCommands, hotelEvents, append(opts, h.options...)...)
	require.NoError(t, err)
	return m
}

// effects returns what the hotel has done.
func (h *hotel) effects() any {
	stats, err := h.world.outbox.Stats(context.Background())
	pending := 0
	for _, s := range stats {
		pending += s.Pending
	}
	return []any{slices.Clone(h.world.rows), slices.Clone(h.world.mails), pending, err}
}

func TestExploreFailures_SoundApplication(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]func(context.Context, *hotel, *cqrs.Mediator) error{
		"Send": func(ctx context.Context, _ *hotel, m *cqrs.Mediator) error { return m.Send(ctx, book{Room: "red"}) },
		"Publish": func(ctx context.Context, _ *hotel, m *cqrs.Mediator) error {
			return m.Publish(ctx, booked{Room: "red"}, counted{})
		},
		"PublishTo": func(ctx context.Context, _ *hotel, m *cqrs.Mediator) error {
			return m.PublishTo(ctx, "cleaning", booked{Room: "red"})
		},
		"Run": func(ctx context.Context, _ *hotel, m *cqrs.Mediator) error {
			return m.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
				return errors.Join(s.Send(ctx, book{Room: "red"}), s.Publish(ctx, counted{}))
			})
		},
		"Stream": func(ctx context.Context, _ *hotel, m *cqrs.Mediator) (err error) {
			for _, one := range cqrs.Stream(ctx, m, list{}) {
				err = one
			}
			return err
		},
		"a relay that drains the outbox": func(ctx context.Context, h *hotel, m *cqrs.Mediator) error {
			relay, err := outbox.NewRelay(h.world.outbox, m)
			return errors.Join(err, m.Send(ctx, book{Room: "red"}), relay.Drain(context.WithoutCancel(ctx)))
		},
	} {
		t.Run("passes with "+name, func(t *testing.T) {
			t.Parallel()
			h := &hotel{}
			cqrstest.ExploreFailures(t, h.build, func(ctx context.Context, m *cqrs.Mediator) error {
				return request(ctx, h, m)
			}, cqrstest.Effects(h.effects), cqrstest.Patience(20*time.Second))
			assert.NotNil(t, h.world)
		})
	}
}
