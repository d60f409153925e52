package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Handlers that declare what they record. They record what the test asks for.
type (
	// Joining handles JoinMeeting.
	Joining struct {
		cqrs.Records2[UserJoined, RoomClosed]
		records []cqrs.Event
	}
	// Greeting, Rejoining and Welcoming are handlers of events.
	Greeting  struct{ cqrs.Records1[UserGreeted] }
	Rejoining struct{ cqrs.Records1[UserJoined] }
	Welcoming struct{ cqrs.EventRecorder }
	// Overlooking declares an interface, and Mixed has two recorders.
	Overlooking struct{ cqrs.Records1[cqrs.Event] }
	Mixed       struct {
		cqrs.EventRecorder
		Rejoining
	}
)

func (h *Joining) Handle(context.Context, JoinMeeting) error {
	h.Record(h.records...)
	return nil
}
func (*Greeting) Handle(context.Context, UserJoined) error     { return nil }
func (*Rejoining) Handle(context.Context, UserGreeted) error   { return nil }
func (*Welcoming) Handle(context.Context, UserJoined) error    { return nil }
func (*Overlooking) Handle(context.Context, JoinMeeting) error { return nil }
func (*Mixed) Handle(context.Context, JoinMeeting) error       { return nil }

// provenMeetings starts an application whose events are proven. Its handler of JoinMeeting records
// the given events.
func provenMeetings(
	t *testing.T, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap), records ...cqrs.Event,
) (*cqrs.Mediator, error) {
	t.Helper()
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() *Joining { return &Joining{records: records} }, func() *Overlooking { return nil },
		func() *Greeting { return new(Greeting) }, func() *Rejoining { return new(Rejoining) },
		func() *Welcoming { return new(Welcoming) }, func() *Mixed { return new(Mixed) },
		func() *MailHandler { return nil }, func() *RoomHandler { return nil }, func() *AuditHandler { return nil },
	))
	return bootstrap.New(c, requests, events, bootstrap.WithProvenEvents(), bootstrap.WithLogger(zap.NewNop()))
}

// unproven returns a function that returns the only problem of an application.
func unproven(requests func(*cqrs.RequestMap), events func(*cqrs.EventMap)) func(*testing.T) error {
	return func(t *testing.T) error {
		_, err := provenMeetings(t, requests, events)
		var all *bootstrap.Error
		require.ErrorAs(t, err, &all)
		require.Len(t, all.Problems, 1, "%v", err)
		return all.Problems[0]
	}
}

func bindJoining(m *cqrs.RequestMap) { cqrs.BindCommand[*Joining](m) }

func bindJoined(m *cqrs.EventMap) {
	cqrs.BindEvent[*MailHandler](m)
	cqrs.BindEvent[*RoomHandler](m)
}

func misusesOfEmissions() []misuse {
	joined := func(more func(*cqrs.EventMap)) func(*cqrs.EventMap) {
		return func(m *cqrs.EventMap) { bindJoined(m); more(m) }
	}
	run := func(records []cqrs.Event, do func(ctx context.Context, m *cqrs.Mediator) error) func(*testing.T) error {
		return func(t *testing.T) error {
			m, err := provenMeetings(t, bindJoining, bindJoined, records...)
			require.NoError(t, err)
			return do(t.Context(), m)
		}
	}
	return []misuse{
		{"lost_events_of_two_recorders", cqrs.ErrLostEvents,
			binding(func(m *cqrs.RequestMap) { cqrs.BindCommand[*Mixed](m) })},
		{"emission_undeclared", cqrs.ErrUndeclaredEvent,
			unproven(bindJoining, joined(func(m *cqrs.EventMap) { cqrs.BindEvent[*Welcoming](m) }))},
		{"emission_interface", errorType[*cqrs.EmissionError]{},
			unproven(func(m *cqrs.RequestMap) { cqrs.BindCommand[*Overlooking](m) }, nil)},
		{"emission_published_pointer", errorType[*cqrs.EmissionError]{},
			unproven(nil, func(m *cqrs.EventMap) { cqrs.DeclarePublished[*UserJoined](m) })},
		{"emission_unhandled", cqrs.ErrUnhandledEvent,
			unproven(bindJoining, func(m *cqrs.EventMap) { cqrs.BindEvent[*RoomHandler](m) })},
		{"emission_unhandled_of_two", cqrs.ErrUnhandledEvent, unproven(func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*Joining](m, cqrs.Emits[UserGreeted]())
		}, joined(func(m *cqrs.EventMap) { cqrs.BindEvent[*Greeting](m) }))},
		{"emission_unhandled_published", cqrs.ErrUnhandledEvent,
			unproven(bindJoining, joined(func(m *cqrs.EventMap) { cqrs.DeclarePublished[UserGreeted](m) }))},
		{"emission_mapper_forgotten", cqrs.ErrUnhandledEvent, unproven(bindJoining, nil)},
		{"emission_mapper_empty", cqrs.ErrUnhandledEvent,
			unproven(nil, func(m *cqrs.EventMap) { cqrs.DeclarePublished[UserGreeted](m) })},
		{"emission_dead", cqrs.ErrDeadHandler,
			unproven(nil, func(m *cqrs.EventMap) { cqrs.BindEvent[*MailHandler](m) })},
		{"emission_dead_interface", cqrs.ErrDeadHandler,
			unproven(nil, func(m *cqrs.EventMap) { cqrs.BindEvent[*AuditHandler](m) })},
		{"emission_cycle", cqrs.ErrEventCycle, unproven(bindJoining, joined(func(m *cqrs.EventMap) {
			cqrs.BindEvent[*Greeting](m)
			cqrs.BindEvent[*Rejoining](m)
		}))},
		{"emission_cycle_of_one", cqrs.ErrEventCycle, unproven(bindJoining, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*MailHandler](m, cqrs.AfterScope(), cqrs.Emits[UserJoined]())
			cqrs.BindEvent[*RoomHandler](m, cqrs.Emits[UserJoined]())
		})},
		{"emission_cycle_of_more", cqrs.ErrEventCycle, unproven(bindJoining, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*AuditHandler](m, cqrs.Emits[UserJoined](), cqrs.Emits[RoomClosed]())
		})},
		{"nil_answer", cqrs.ErrNilStream, func(t *testing.T) error {
			s := cqrstest.NewSender(t)
			cqrstest.AnswerStreamFunc(s, func(context.Context, ListMeetings) iter.Seq2[string, error] { return nil })
			_, err := testkit.Drain(cqrs.Stream(t.Context(), s, ListMeetings{}))
			return err
		}},
		{"recorded_undeclared", cqrs.ErrUndeclaredEvent,
			run([]cqrs.Event{UserJoined{}, UserGreeted{}}, func(ctx context.Context, m *cqrs.Mediator) error {
				return m.Send(ctx, JoinMeeting{})
			})},
		{"published_undeclared", cqrs.ErrUndeclaredEvent,
			run(nil, func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, UserGreeted{}) })},
	}
}
