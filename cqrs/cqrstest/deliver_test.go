package cqrstest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// durable returns an application whose mail is durable.
func durable(t *testing.T) (*container.Container, func(*cqrs.EventMap), *outboxtest.Store) {
	store := outboxtest.NewStore()
	c := app(t, record)
	require.NoError(t, c.Provide(func() (*outboxtest.Tx, container.Finalizer) {
		tx := store.Begin()
		return tx, container.Transaction(tx)
	}, container.Scoped()))
	require.NoError(t, c.Provide(outboxtest.NewJournal, container.Scoped()))
	return c, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[Joined]{Name: "joined"})
		cqrs.BindEvent[*mail](m, cqrs.Durable("mail"))
	}, store
}

func TestRecorder_DeliverFrom(t *testing.T) {
	t.Parallel()
	t.Run("makes durable deliveries before a call returns", func(t *testing.T) {
		t.Parallel()
		c, events, store := durable(t)
		m, rec := cqrstest.New(t, c, commands, events)
		rec.DeliverFrom(store)
		require.NoError(t, m.Send(t.Context(), Join{User: "ann"}))
		rec.RequireOrder(`durable to "mail"`, "journal", "request Deliver cqrstest_test.Joined", "handler *cqrstest_test.mail")
		stats, err := store.Stats(t.Context())
		require.NoError(t, err)
		assert.Empty(t, stats)
	})
	t.Run("makes none for a preview", func(t *testing.T) {
		t.Parallel()
		c, events, store := durable(t)
		m, rec := cqrstest.New(t, c, commands, events)
		rec.DeliverFrom(store)
		_, err := cqrs.Preview(t.Context(), m, Join{User: "ann"})
		require.NoError(t, err)
		assert.Len(t, rec.Reports(), 1)
	})
	t.Run("has a call wait while another one makes deliveries", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, _, store := durable(t)
			var mediator *cqrs.Mediator
			var mailed testkit.Diary
			require.NoError(t, c.Provide(func() cqrs.EventFunc[Joined] {
				return func(_ context.Context, e Joined) error {
					time.Sleep(time.Second)
					mailed.Note("%s", e.User)
					if e.User == "ann" { // a request of its own must not wait for this delivery
						return mediator.Send(context.Background(), Join{User: "zoe"})
					}
					return nil
				}
			}))
			m, rec := cqrstest.New(t, c, commands, func(em *cqrs.EventMap) {
				cqrs.RegisterEvent(em, cqrs.EventType[Joined]{Name: "joined"})
				cqrs.BindEvent[cqrs.EventFunc[Joined]](em, cqrs.Durable("mail"))
			})
			mediator = m
			rec.DeliverFrom(store)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				assert.NoError(t, m.Send(t.Context(), Join{User: "ann"}))
			}()
			synctest.Wait()
			assert.NoError(t, m.Send(t.Context(), Join{User: "bob"}))
			mail := mailed.Notes()
			assert.Contains(t, mail, "bob")
			<-ended
			assert.ElementsMatch(t, []string{"ann", "bob", "zoe"}, append(mail, mailed.Notes()...))
		})
	})
	t.Run("ends the test if there is no relay for the store", func(t *testing.T) {
		t.Parallel()
		errs := test(t, record, func(_ *cqrs.Mediator, rec *cqrstest.Recorder) { rec.DeliverFrom(nil) })
		require.Len(t, errs, 1)
		assert.Contains(t, errs[0], "the store is nil")
	})
	t.Run("fails the test for an error of the store", func(t *testing.T) {
		t.Parallel()
		fake := new(fakeT)
		c, events, store := durable(t)
		errs := fake.run(func() {
			m, rec := cqrstest.New(fake, c, commands, events)
			rec.DeliverFrom(brokenStore{store})
			assert.NoError(t, m.Send(t.Context(), Join{User: "ann"}))
		})
		require.Len(t, errs, 1)
		assert.Contains(t, errs[0], "cqrstest: the durable deliveries: ")
	})
}

// brokenStore cannot claim.
type brokenStore struct{ outbox.Store }

func (brokenStore) Claim(context.Context, []outbox.Want, time.Duration) ([]outbox.Delivery, error) {
	return nil, errors.New("the connection is lost")
}
