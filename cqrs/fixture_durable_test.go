package cqrs_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// durableApp is an application with a store in memory, whose transaction notes its outcome.
// Joined, Greeted and Left are registered, with their numbers as keys.
type durableApp struct {
	*app
	store    *outboxtest.Store
	journals atomic.Int32 // how many were built
	m        *cqrs.Mediator

	// What replaces steps of the journal and of its transaction; nil for nothing.
	build  func() error
	write  func(ctx context.Context, j cqrs.Journal, records []cqrs.Record, completed []cqrs.Claim) error
	cancel func() error
	commit func() error
}

func newDurableApp(t *testing.T) *durableApp {
	a := &durableApp{app: newApp(t), store: outboxtest.NewStore()}
	a.provide(func() (*outboxtest.Tx, container.Finalizer) {
		tx := a.store.Begin()
		return tx, func(_ context.Context, outcome error) error {
			if outcome != nil {
				a.note("rollback")
				return tx.Rollback()
			}
			if a.commit != nil {
				if err := a.commit(); err != nil {
					_ = tx.Rollback()
					return err
				}
			}
			a.note("commit")
			return tx.Commit()
		}
	}, container.Scoped())
	a.provide(func(tx *outboxtest.Tx) (cqrs.Journal, error) {
		a.journals.Add(1)
		if a.build != nil {
			if err := a.build(); err != nil {
				return nil, err
			}
		}
		return &journal{outboxtest.NewJournal(tx), a}, nil
	}, container.Scoped())
	register(a, "joined", func(e Joined) int { return e.N })
	register(a, "greeted", func(e Greeted) int { return e.N })
	register(a, "left", func(e Left) int { return e.N })
	return a
}

// register registers an event whose key has the length of its number.
func register[E cqrs.Event](a *durableApp, name string, number func(E) int) {
	a.events = append(a.events, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[E]{
			Name: name, Key: func(e E) string { return strings.Repeat("k", number(e)) },
		})
	})
}

// journal is that of the store, except for what the application replaces.
type journal struct {
	cqrs.Journal
	a *durableApp
}

func (j *journal) Write(ctx context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	if j.a.write != nil {
		return j.a.write(ctx, j.Journal, records, completed)
	}
	return j.Journal.Write(ctx, records, completed)
}

func (j *journal) Cancel(ctx context.Context, id string) (bool, error) {
	if j.a.cancel != nil {
		if err := j.a.cancel(); err != nil {
			return false, err
		}
	}
	return j.Journal.Cancel(ctx, id)
}

// begin starts the application.
func (a *durableApp) begin(opts ...bootstrap.Option) *cqrs.Mediator {
	a.t.Helper()
	a.m = a.start(opts...)
	return a.m
}

// claim leases the deliveries of a subscription that are due.
func (a *durableApp) claim(subscription string) []cqrs.Delivery {
	a.t.Helper()
	claimed, err := a.store.Claim(a.t.Context(), []outbox.Want{{Subscription: subscription, Limit: 100}}, time.Minute)
	require.NoError(a.t, err)
	return claimed
}

// deliver makes the only delivery of a subscription that is due.
func (a *durableApp) deliver(subscription string) error {
	a.t.Helper()
	claimed := a.claim(subscription)
	require.Len(a.t, claimed, 1)
	return a.m.Deliverer().Deliver(a.t.Context(), claimed[0])
}

// drain makes all deliveries that are due, and those that they lead to.
func (a *durableApp) drain() {
	a.t.Helper()
	relay, err := outbox.NewRelay(a.store, a.m)
	require.NoError(a.t, err)
	require.NoError(a.t, relay.Drain(a.t.Context()))
}

// pending returns how many deliveries a subscription has.
func (a *durableApp) pending(subscription string) int {
	a.t.Helper()
	stats, err := a.store.Stats(a.t.Context())
	require.NoError(a.t, err)
	for _, s := range stats {
		if s.Subscription == subscription {
			return s.Pending + s.Dead
		}
	}
	return 0
}

// mailing returns an application that joins, and has a durable subscription to that.
func mailing(t *testing.T, opts ...cqrs.DurableOption) *durableApp {
	a := newDurableApp(t)
	joinRecords(a.app, joined(1)...)
	on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail", opts...))
	return a
}
