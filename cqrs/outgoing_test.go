package cqrs_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Measured is an event that JSON cannot always hold.
type Measured struct {
	cqrs.DomainEvent
	Value float64
}

func TestRequest_Store(t *testing.T) {
	t.Parallel()

	t.Run("fails the request if the event cannot be encoded", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		register(a, "measured", func(Measured) int { return 0 })
		on[first](a.app, func(context.Context, *self[nothing], Measured) error { return nil }, cqrs.Durable("measured"))
		joinRecords(a.app, Measured{Value: math.NaN()}, Left{})
		err := a.begin().Send(t.Context(), Join{})
		var failed *cqrs.PayloadError
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, "measured", failed.Name)
		assert.False(t, failed.Decoded)
		require.Len(t, cqrs.EventErrors(err), 1)
		assert.Equal(t, cqrs.DeliveryDurable, cqrs.EventErrors(err)[0].Delivery)
		assert.Len(t, cqrs.EventErrors(err)[0].NotDelivered, 1)
		assert.Zero(t, a.journals.Load())
	})

	t.Run("fails the request if the key panics", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		err := a.begin().Publish(t.Context(), Joined{N: -1}) // of which there is no key
		var failed *cqrs.PayloadError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "in the function Key of joined")
		assert.Zero(t, a.journals.Load())
	})

	t.Run("stores events in the order of the queue", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, notingType[cqrs.Event](a.app, "any"), cqrs.Durable("any"))
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Greeted{}); return nil })
		joinRecords(a.app, Joined{}, Left{})
		require.NoError(t, a.begin().Send(t.Context(), Join{}))
		var names []string
		for _, d := range a.claim("any") {
			names = append(names, d.Name)
		}
		assert.Equal(t, []string{"joined", "left", "greeted"}, names)
	})
}

// keeping is a scoped value that the transaction of a journal needs, and that keeps a Sender.
type keeping struct{ sender cqrs.Sender }

// A journal that is built last may have asked for the first Sender of a request.
func TestJournal_KeepsASender(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	joinRecords(a, joined(1)...)
	leaving(a.withTx())
	var kept cqrs.Sender
	a.provide(func(s cqrs.Sender) *keeping { kept = s; return &keeping{s} }, container.Scoped())
	var sent error
	a.provide(func(k *keeping) cqrs.Journal { return sendingJournal{sender: k.sender, err: &sent} }, container.Scoped())
	on[first](a, noting[Joined](a, "mail"), cqrs.Durable("mail"))
	a.events = append(a.events, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[Joined]{Name: "joined"})
	})
	m := a.start()
	require.NoError(t, m.Send(t.Context(), Join{}))
	require.ErrorIs(t, sent, cqrs.ErrRequestEnded, "its events would be lost")
	require.ErrorIs(t, kept.Send(t.Context(), Leave{}), cqrs.ErrRequestEnded)
	assert.Equal(t, []string{"join"}, a.notes())
}

// sendingJournal sends while it writes.
type sendingJournal struct {
	cqrs.Journal
	sender cqrs.Sender
	err    *error
}

func (j sendingJournal) Write(ctx context.Context, _ []cqrs.Record, _ []cqrs.Claim) error {
	*j.err = j.sender.Send(ctx, Leave{})
	return nil
}

func TestJournal_Nil(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	joinRecords(a, joined(1)...)
	a.provide(func() cqrs.Journal { return nil }, container.Scoped())
	on[first](a, noting[Joined](a, "mail"), cqrs.Durable("mail"))
	a.events = append(a.events, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[Joined]{Name: "joined"})
	})
	err := a.start(bootstrap.WithStrictEvents()).Send(t.Context(), Join{})
	var failed *cqrs.JournalError
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, err, "is nil")
}
