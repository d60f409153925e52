package cqrs_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// More handlers for misuses.
type (
	RoomClosed   struct{ cqrs.DomainEvent }
	AuditHandler struct{}
	RoomHandler  struct{}
)

func (*AuditHandler) Handle(context.Context, cqrs.Event) error { return nil }
func (*RoomHandler) Handle(context.Context, RoomClosed) error  { return nil }

// failingJournal fails all that it does.
type failingJournal struct{}

func (failingJournal) Write(context.Context, []cqrs.Record, []cqrs.Claim) error { return errDown }
func (failingJournal) Cancel(context.Context, string) (bool, error)             { return false, errDown }
func (failingJournal) Database(context.Context) (string, error)                 { return "", errDown }

// durableMeetings starts an application with a journal.
func durableMeetings(
	t *testing.T, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap),
) (*cqrs.Mediator, error) {
	t.Helper()
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() *MailHandler { return nil }, func() *RoomHandler { return nil }, func() *AuditHandler { return nil },
		func() *PassingJoinHandler { return nil }, func() *ReadMeetingHandler { return nil },
	))
	require.NoError(t, c.Provide(func() cqrs.Journal { return failingJournal{} }, container.Scoped()))
	return bootstrap.New(c, requests, events)
}

// startingDurable returns a function that returns the only problem of an application with a journal.
func startingDurable(requests func(*cqrs.RequestMap), events func(*cqrs.EventMap)) func(*testing.T) error {
	return func(t *testing.T) error {
		_, err := durableMeetings(t, requests, events)
		var all *bootstrap.Error
		require.ErrorAs(t, err, &all)
		require.Len(t, all.Problems, 1, "%v", err)
		return all.Problems[0]
	}
}

// running returns a function that returns the error of a running application, which has a durable
// subscription to all events and a command that can be scheduled.
func running(do func(ctx context.Context, m *cqrs.Mediator) error) func(*testing.T) error {
	return func(t *testing.T) error {
		m, err := durableMeetings(t, func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*PassingJoinHandler](m)
			cqrs.RegisterCommand(m, cqrs.CommandType[JoinMeeting]{Name: "meeting.join"})
		}, func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
			cqrs.RegisterEvent(m, cqrs.EventType[Measured]{Name: "measured"})
			cqrs.BindEvent[*AuditHandler](m, cqrs.Durable("audit"))
		})
		require.NoError(t, err)
		return do(t.Context(), m)
	}
}

func misusesOfDurables() []misuse {
	invalid := errorType[*cqrs.BindError]{}
	subscribing := func(opts ...cqrs.EventOption) func(*testing.T) error {
		return startingDurable(nil, func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
			cqrs.BindEvent[*MailHandler](m, opts...)
		})
	}
	named := func(name string) func(*testing.T) error { return subscribing(cqrs.Durable(name)) }
	deliver := func(subscription, name, payload string) func(context.Context, *cqrs.Mediator) error {
		return func(ctx context.Context, m *cqrs.Mediator) error {
			return m.Deliverer().Deliver(ctx, cqrs.Delivery{
				RecordID: "019", Name: name, Payload: []byte(payload), Claim: cqrs.Claim{Subscription: subscription},
			})
		}
	}
	both := func(ctx context.Context, m *cqrs.Mediator) error {
		return m.Deliverer().Deliver(ctx, cqrs.Delivery{RecordID: "019", Name: "meeting.join", Payload: []byte("{}"),
			Claim: cqrs.Claim{Subscription: "command:meeting.join"}}, cqrs.Delivery{RecordID: "020"})
	}
	return append(misusesOfRegistration(), []misuse{
		{"durable_after_scope", invalid, subscribing(cqrs.AfterScope(), cqrs.Durable("mail"))},
		{"durable_without_name", invalid, named("")},
		{"durable_name_long", invalid, named(strings.Repeat("mail", 51))},
		{"durable_name_invalid", invalid, named("mail\n")},
		{"durable_name_of_command", invalid, named("command:mail")},
		{"durable_name_twice", cqrs.ErrDuplicate, startingDurable(nil, func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
			cqrs.RegisterEvent(m, cqrs.EventType[RoomClosed]{Name: "meeting.room_closed"})
			cqrs.BindEvent[*MailHandler](m, cqrs.Durable("mail"))
			cqrs.BindEvent[*RoomHandler](m, cqrs.Durable("mail"))
		})},
		{"durable_batch_empty", invalid, subscribing(cqrs.Durable("mail", cqrs.InBatches(0)))},
		{"durable_without_key", invalid, subscribing(cqrs.Durable("mail", cqrs.InOrder()))},
		{"durable_unregistered", invalid, startingDurable(nil, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*MailHandler](m, cqrs.Durable("mail"))
		})},
		{"durable_unregistered_event", errorType[*cqrs.EventError]{},
			running(func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, UserGreeted{}) })},
		{"journal_stores", errDown,
			running(func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, UserJoined{}) })},
		{"journal_completes", errDown, running(deliver("audit", "meeting.user_joined", "{}"))},
		{"journal_cancels", errDown, running(func(ctx context.Context, m *cqrs.Mediator) error {
			_, err := cqrs.CancelScheduled(ctx, m, "019")
			return err
		})},
		{"payload_encode", errorType[*cqrs.EventError]{}, running(func(ctx context.Context, m *cqrs.Mediator) error {
			return m.Publish(ctx, Measured{Value: math.Inf(1)})
		})},
		{"payload_decode", errorType[*cqrs.PayloadError]{}, running(deliver("audit", "measured", `{"Value":"a lot"}`))},
		{"schedule_unregistered", errorType[*cqrs.MessageError]{},
			running(func(ctx context.Context, m *cqrs.Mediator) error {
				_, err := cqrs.Schedule(ctx, m, BookTable{}, time.Now())
				return err
			})},
		{"delivery_subscription", errorType[*cqrs.MessageError]{}, running(deliver("mail", "measured", "{}"))},
		{"delivery_name", errorType[*cqrs.MessageError]{}, running(deliver("audit", "meeting.ended", "{}"))},
		{"delivery_other", errorType[*cqrs.MessageError]{}, running(deliver("audit", "meeting.join", "{}"))},
		{"delivery_batch", errorType[*cqrs.MessageError]{}, running(both)},
		{"journal_missing", errorType[*cqrs.MessageError]{}, func(t *testing.T) error {
			return newApp(t).start().Deliverer().Journal(t.Context(), func(cqrs.Journal) error { return nil })
		}},
	}...)
}
