package cqrs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestDeliverer_Journal(t *testing.T) {
	t.Parallel()

	t.Run("is one of a scope that is rolled back", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		lost := losing(a)
		want, err := a.store.Database(t.Context())
		require.NoError(t, err)
		var got string
		require.NoError(t, a.m.Deliverer().Journal(t.Context(), func(j cqrs.Journal) (err error) {
			got, err = j.Database(t.Context())
			return errors.Join(err, j.Write(t.Context(),
				[]cqrs.Record{{ID: "1", Name: "joined", To: []cqrs.Destination{{Subscription: "mail"}}}}, nil))
		}))
		assert.Equal(t, want, got)
		assert.Equal(t, []string{"rollback"}, a.notes())
		assert.Zero(t, a.pending("mail"))
		assert.Empty(t, *lost)
	})

	t.Run("returns the error of the function, of a constructor and of a panic", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		d := a.begin().Deliverer()
		assert.Same(t, errOther, d.Journal(t.Context(), func(cqrs.Journal) error { return errOther }))
		require.ErrorIs(t, d.Journal(t.Context(), func(cqrs.Journal) error { panic(errPanic) }), errPanic)
		a.build = func() error { return errHandler }
		require.ErrorIs(t, d.Journal(t.Context(), func(cqrs.Journal) error { return nil }), errHandler)
		assert.Equal(t, []string{"rollback", "rollback", "rollback"}, a.notes())
	})
}

func TestDeliverer_Notify(t *testing.T) {
	t.Parallel()
	a := mailing(t)
	leaving := 0
	command(a.app, func(context.Context, *self[nothing], Leave) error { leaving++; return nil })
	on[first](a.app, noting[Left](a.app, "left"), cqrs.Durable("left"))
	d := a.begin().Deliverer()
	stopFirst := d.Notify(func() { a.note("first, %d pending", a.pending("mail")) })
	stopSecond := d.Notify(func() { a.note("second") })

	require.NoError(t, a.m.Send(t.Context(), Join{}))
	assert.ElementsMatch(t, []string{"join", "commit", "first, 1 pending", "second"}, a.notes(), "after the commit")
	stopSecond()
	require.NoError(t, a.m.Send(t.Context(), Leave{}))
	assert.Empty(t, a.notes(), "nothing was stored")
	for _, delivery := range a.claim("mail") {
		require.NoError(t, d.Deliver(t.Context(), delivery))
	}
	assert.Equal(t, []string{"mail 1", "commit"}, a.notes(), "nor was anything stored by a delivery")
	a.commit = func() error { return errOther }
	require.ErrorIs(t, a.m.Send(t.Context(), Join{}), errOther)
	assert.Equal(t, []string{"join"}, a.notes(), "the commit failed")
	a.commit = nil
	stopFirst()
	require.NoError(t, a.m.Send(t.Context(), Join{}))
	assert.Equal(t, []string{"join", "commit"}, a.notes())
}

func TestDeliverer_Report(t *testing.T) {
	t.Parallel()
	a := mailing(t)
	var outcomes []cqrs.DeliveryOutcome
	var troubles []error
	a.begin(bootstrap.WithObserver(cqrs.Observer{
		Delivered:   func(_ context.Context, o cqrs.DeliveryOutcome) { outcomes = append(outcomes, o) },
		RelayFailed: func(_ context.Context, err error) { troubles = append(troubles, err) },
	}), bootstrap.WithObserver(cqrs.Observer{
		Delivered:   func(context.Context, cqrs.DeliveryOutcome) { panic("at once") },
		RelayFailed: func(context.Context, error) { panic("at once") },
	}), bootstrap.WithObserver(cqrs.Observer{}))
	d := a.m.Deliverer()
	d.Report(t.Context(), cqrs.DeliveryOutcome{Subscription: "mail", Took: time.Second})
	d.Report(t.Context(), cqrs.DeliveryOutcome{Subscription: "unknown"})
	d.ReportTrouble(t.Context(), errOther)
	require.Len(t, outcomes, 2)
	require.NotNil(t, outcomes[0].Binding)
	assert.Equal(t, "mail", outcomes[0].Binding.Subscription())
	assert.Nil(t, outcomes[1].Binding)
	assert.Equal(t, []error{errOther}, troubles)
}

func TestDeliverer_Deliver_Misuse(t *testing.T) {
	t.Parallel()
	a := reminding(t)
	on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
	on[second](a.app, noting[Joined](a.app, "in scope"), cqrs.SubscriptionName("in scope"))
	on[first](a.app, noting[Left](a.app, "left"), cqrs.Durable("left"))
	on[third](a.app, notingType[cqrs.Event](a.app, "any"), cqrs.Durable("any"))
	d := a.begin().Deliverer()
	to := func(subscription, name string) cqrs.Delivery {
		return cqrs.Delivery{
			RecordID: "1", Name: name, Payload: []byte("{}"), Attempt: 1, Claim: cqrs.Claim{Subscription: subscription},
		}
	}
	for name, test := range map[string]struct {
		deliveries []cqrs.Delivery
		text       string
	}{
		"to an unknown subscription":              {[]cqrs.Delivery{to("male", "joined")}, `named "male"`},
		"to a subscription that is not durable":   {[]cqrs.Delivery{to("in scope", "joined")}, `named "in scope"`},
		"to a command that nothing registers":     {[]cqrs.Delivery{to("command:joined", "joined")}, "command:joined"},
		"of an unknown event":                     {[]cqrs.Delivery{to("mail", "jointed")}, `registered as "jointed"`},
		"of another event":                        {[]cqrs.Delivery{to("mail", "left")}, "which takes cqrs_test.Joined"},
		"of a command to a subscription":          {[]cqrs.Delivery{to("mail", "count")}, "which takes cqrs_test.Joined"},
		"of a command to one of any event":        {[]cqrs.Delivery{to("any", "count")}, "which takes cqrs.Event"},
		"of an event to a command":                {[]cqrs.Delivery{to(toCount, "joined")}, "which takes cqrs_test.Count"},
		"to several subscriptions":                {[]cqrs.Delivery{to("mail", "joined"), to("left", "left")}, `"1/left"`},
		"of several commands, only one would run": {[]cqrs.Delivery{to(toCount, "count"), to(toCount, "count")}, "share"},
	} {
		t.Run(name+" is an error, and completes nothing", func(t *testing.T) {
			t.Parallel()
			err := d.Deliver(t.Context(), test.deliveries...)
			require.ErrorContains(t, err, test.text)
			var invalid *cqrs.MessageError
			require.ErrorAs(t, err, &invalid)
		})
	}
	t.Run("of nothing does nothing", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, d.Deliver(t.Context()))
	})
	t.Run("with a nil context, or of a nil mediator, is an error", func(t *testing.T) {
		t.Parallel()
		var none context.Context
		require.ErrorIs(t, d.Deliver(none, to("mail", "joined")), cqrs.ErrNilContext)
		require.ErrorIs(t, d.Journal(none, func(cqrs.Journal) error { return nil }), cqrs.ErrNilContext)
		var nobody *cqrs.Mediator
		require.ErrorIs(t, nobody.Deliverer().Deliver(t.Context(), to("mail", "joined")), cqrs.ErrNilMediator)
	})
	t.Cleanup(func() {
		assert.Empty(t, a.notes(), "no handler ran")
		assert.Zero(t, a.journals.Load())
	})
}
