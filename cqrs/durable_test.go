package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// An event is stored if the request in which it was recorded succeeds, and only then.
func TestDurable_IsStoredIfTheRequestSucceeds(t *testing.T) {
	t.Parallel()

	t.Run("of a command, once for each subscription", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		on[second](a.app, noting[Joined](a.app, "room"), cqrs.Durable("room", cqrs.InOrder()))
		on[third](a.app, noting[Joined](a.app, "in scope"))
		require.NoError(t, a.begin().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "in scope 1", "commit"}, a.notes())
		mail, room := a.claim("mail"), a.claim("room")
		require.Len(t, mail, 1)
		require.Len(t, room, 1)
		assert.Equal(t, mail[0].RecordID, room[0].RecordID, "one record has both")
		assert.Equal(t, "joined", mail[0].Name)
		assert.JSONEq(t, `{"N":1}`, string(mail[0].Payload))
		assert.Equal(t, mail[0].RecordID+"/mail", mail[0].ID())
		assert.True(t, room[0].InOrder)
		assert.Equal(t, "k", room[0].Key)
		assert.False(t, mail[0].InOrder)
	})

	fails := func(context.Context, *self[nothing], Joined) error { return errOther }
	for name, arrange := range map[string]func(a *durableApp) []bootstrap.Option{
		"unless the handler fails": func(a *durableApp) []bootstrap.Option {
			command(a.app, func(_ context.Context, h *self[*outboxtest.Tx], _ Close) error {
				h.Record(joined(1)...)
				return errOther
			})
			return nil
		},
		"unless the handler panics": func(a *durableApp) []bootstrap.Option {
			command(a.app, func(_ context.Context, h *self[*outboxtest.Tx], _ Close) error {
				h.Record(joined(1)...)
				panic(errOther)
			})
			return nil
		},
		"unless an event handler fails": func(a *durableApp) []bootstrap.Option {
			closing(a)
			on[second](a.app, fails)
			return nil
		},
		"unless the handler of a later event fails": func(a *durableApp) []bootstrap.Option {
			closing(a, Joined{N: 1}, Left{})
			on[second](a.app, func(context.Context, *self[*outboxtest.Tx], Left) error { return errOther })
			return nil
		},
		"unless the commit fails": func(a *durableApp) []bootstrap.Option {
			closing(a)
			a.commit = func() error { return errOther }
			return nil
		},
		"unless another finalizer fails before the commit": func(a *durableApp) []bootstrap.Option {
			withFinalizer[Tx](a.app, func(context.Context, error) error { return errOther })
			type needs struct {
				dig.In
				Tx    *outboxtest.Tx // built first, finalized last
				Other *Tx
			}
			command(a.app, func(_ context.Context, h *self[needs], _ Close) error {
				h.Record(joined(1)...)
				return nil
			})
			return nil
		},
		"unless a middleware in the scope fails": func(a *durableApp) []bootstrap.Option {
			closing(a)
			return []bootstrap.Option{with(aroundMessage[Close](thenFails))}
		},
		"unless the journal fails": func(a *durableApp) []bootstrap.Option {
			closing(a)
			a.write = func(context.Context, cqrs.Journal, []cqrs.Record, []cqrs.Claim) error { return errOther }
			return nil
		},
		"unless the journal panics": func(a *durableApp) []bootstrap.Option {
			closing(a)
			a.write = func(context.Context, cqrs.Journal, []cqrs.Record, []cqrs.Claim) error { panic(errOther) }
			return nil
		},
		"unless the journal cannot be built": func(a *durableApp) []bootstrap.Option {
			closing(a)
			a.build = func() error { return errOther }
			return nil
		},
		"unless the constructor of the journal panics": func(a *durableApp) []bootstrap.Option {
			closing(a)
			a.build = func() error { panic(errOther) }
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newDurableApp(t)
			on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
			on[third](a.app, noting[Joined](a.app, "after scope"), cqrs.AfterScope())
			opts := arrange(a)
			notified := false
			defer a.begin(opts...).Deliverer().Notify(func() { notified = true })()
			err := a.m.Send(t.Context(), Close{})
			require.ErrorIs(t, err, errOther)
			assert.False(t, cqrs.Done(err))
			assert.NotContains(t, a.notes(), "after scope 1")
			assert.Zero(t, a.pending("mail"))
			assert.False(t, notified)
		})
	}

	for name, exit := range map[string]func(a *durableApp){
		"unless the handler ends the goroutine": func(a *durableApp) {
			command(a.app, func(_ context.Context, h *self[*outboxtest.Tx], _ Close) error {
				h.Record(joined(1)...)
				runtime.Goexit()
				return nil
			})
		},
		"unless the journal ends the goroutine": func(a *durableApp) {
			closing(a)
			a.write = func(ctx context.Context, j cqrs.Journal, r []cqrs.Record, c []cqrs.Claim) error {
				_ = j.Write(ctx, r, c)
				runtime.Goexit()
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newDurableApp(t)
			on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
			exit(a)
			a.begin()
			testkit.OnGoroutine(func() { _ = a.m.Send(t.Context(), Close{}) })
			assert.Equal(t, []string{"rollback"}, a.notes())
			assert.Zero(t, a.pending("mail"))
		})
	}

	t.Run("unless its context is cancelled before the journal writes", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
		ctx, cancel := context.WithCancel(t.Context())
		command(a.app, func(_ context.Context, h *self[nothing], _ Close) error {
			h.Record(joined(1)...)
			cancel()
			return nil
		})
		err := a.begin().Send(ctx, Close{})
		require.ErrorIs(t, err, context.Canceled)
		assert.True(t, a.m.Expected(err), "as for any request whose sender gives up")
		assert.Equal(t, []string{"rollback"}, a.notes())
		assert.Zero(t, a.pending("mail"))
	})

	t.Run("of a stream, when the last item was taken", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		stream(a.app, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for n := range 3 {
					h.Record(joined(n)...)
					if !yield(n, nil) {
						return
					}
				}
			}
		})
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
		a.begin()
		for range cqrs.Stream(t.Context(), a.m, Export{}) {
			assert.Zero(t, a.pending("mail"))
		}
		assert.Equal(t, 3, a.pending("mail"))
		for item := range cqrs.Stream(t.Context(), a.m, Export{}) {
			if item == 1 {
				break
			}
		}
		assert.Equal(t, 3, a.pending("mail"), "the second stream was stopped")
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.m, Export{}))
		require.NoError(t, err)
		assert.Equal(t, 6, a.pending("mail"))
		assert.Equal(t, int32(2), a.journals.Load())
	})
}

// closing binds Close to a handler that has a transaction and records events, by default Joined.
func closing(a *durableApp, events ...cqrs.Event) {
	if events == nil {
		events = joined(1)
	}
	command(a.app, func(_ context.Context, h *self[*outboxtest.Tx], _ Close) error {
		h.Record(events...)
		return nil
	})
}

func TestDurable_CostsNothingWithoutEvents(t *testing.T) {
	t.Parallel()
	a := mailing(t)
	command(a.app, func(_ context.Context, h *self[nothing], _ Leave) error { h.Record(Left{}); return nil })
	on[second](a.app, noting[Left](a.app, "left"))
	require.NoError(t, a.begin().Send(t.Context(), Leave{}))
	assert.Equal(t, []string{"left 0"}, a.notes())
	assert.Zero(t, a.journals.Load(), "no journal, and so no transaction")
}

func TestMediator_PublishTo_Durable(t *testing.T) {
	t.Parallel()

	t.Run("stores the event for the subscription only", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		on[second](a.app, noting[Joined](a.app, "room"), cqrs.Durable("room"))
		on[third](a.app, noting[Joined](a.app, "in scope"))
		require.NoError(t, a.begin().PublishTo(t.Context(), "room", Joined{N: 2}))
		assert.Equal(t, []string{"commit"}, a.notes())
		assert.Zero(t, a.pending("mail"))
		assert.Equal(t, 1, a.pending("room"))
		a.drain()
		assert.Equal(t, []string{"room 2", "commit"}, a.notes()[1:], "after the relay has checked the journal")
	})

	t.Run("returns an EventError if the event cannot be stored", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, notingType[cqrs.Event](a.app, "any"), cqrs.Durable("any"))
		err := a.begin().PublishTo(t.Context(), "any", unregistered{})
		require.Len(t, cqrs.EventErrors(err), 1)
		failed := cqrs.EventErrors(err)[0]
		assert.Equal(t, cqrs.DeliveryDurable, failed.Delivery)
		assert.Equal(t, "any", failed.Subscription)
		assert.False(t, cqrs.Done(err))
		require.ErrorContains(t, err, "register it with cqrs.RegisterEvent")
	})

	t.Run("returns the error of the journal", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		a.write = func(context.Context, cqrs.Journal, []cqrs.Record, []cqrs.Claim) error { return errOther }
		err := a.begin().PublishTo(t.Context(), "mail", Joined{})
		failed, is := errors.AsType[*cqrs.JournalError](err)
		require.True(t, is, "%v", err)
		assert.Equal(t, []string{"joined"}, failed.Stored)
		require.ErrorIs(t, err, errOther)
		assert.Equal(t, []string{"rollback"}, a.notes())
	})
}

// unregistered is an event without a name to be stored by.
type unregistered struct{ cqrs.DomainEvent }

func TestDurableOption_String(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `Durable("mail")`, cqrs.Durable("mail").String())
	assert.Equal(t, `Durable("mail", InOrder(), InBatches(7))`,
		cqrs.Durable("mail", cqrs.InOrder(), cqrs.InBatches(7)).String())
}

func TestDurable_Subscriptions(t *testing.T) {
	t.Parallel()
	a := newDurableApp(t)
	on[first](a.app, noting[Joined](a.app, "room"), cqrs.Durable("room", nil, cqrs.InOrder(), cqrs.InBatches(100)))
	on[second](a.app, noting[Joined](a.app, "mail"), nil, cqrs.Durable("mail"))
	on[third](a.app, noting[Joined](a.app, "in scope"))
	var got []string
	for _, s := range a.begin().Deliverer().Subscriptions() {
		assert.Equal(t, cqrs.DeliveryDurable, s.Binding.Delivery())
		assert.Equal(t, s.Name, s.Binding.Subscription())
		got = append(got, s.Name)
		assert.Equal(t, s.Name == "room", s.InOrder)
		assert.Equal(t, map[string]int{"room": 100, "mail": 1}[s.Name], s.Batch)
	}
	assert.Equal(t, []string{"mail", "room"}, got, "sorted")
}
