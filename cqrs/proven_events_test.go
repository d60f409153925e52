package cqrs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

// unprovenOf returns the problems of an application whose events are proven.
func unprovenOf(t *testing.T, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap)) []error {
	t.Helper()
	_, err := provenMeetings(t, requests, events)
	var all *bootstrap.Error
	require.ErrorAs(t, err, &all)
	return all.Problems
}

func TestProvenEvents(t *testing.T) {
	t.Parallel()

	t.Run("are proven if each event is handled and each handler reached", func(t *testing.T) {
		t.Parallel()
		m, err := provenMeetings(t, bindJoining, bindJoined, UserJoined{}, RoomClosed{})
		require.NoError(t, err)
		require.NoError(t, m.Send(t.Context(), JoinMeeting{}))
	})

	t.Run("include those after the scope and those for interfaces", func(t *testing.T) {
		t.Parallel()
		_, err := provenMeetings(t, bindJoining, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*MailHandler](m, cqrs.AfterScope())
			cqrs.BindEvent[*AuditHandler](m)
		})
		require.NoError(t, err)
	})

	t.Run("include follow-ups of event handlers", func(t *testing.T) {
		t.Parallel()
		_, err := provenMeetings(t, nil, func(m *cqrs.EventMap) {
			cqrs.DeclarePublished[UserJoined](m)
			cqrs.BindEvent[*Greeting](m)
			cqrs.BindEvent[*Rejoining](m) // is reached, but leads back
		})
		require.ErrorIs(t, err, cqrs.ErrEventCycle)
		require.NotErrorIs(t, err, cqrs.ErrDeadHandler)
	})

	t.Run("do not reach handlers that only dead handlers lead to", func(t *testing.T) {
		t.Parallel()
		all := unprovenOf(t, nil, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*Rejoining](m)
			cqrs.BindEvent[*MailHandler](m)
		})
		require.Len(t, all, 2)
		require.ErrorIs(t, all[0], cqrs.ErrDeadHandler)
		require.ErrorIs(t, all[1], cqrs.ErrDeadHandler)
		assert.ErrorContains(t, all[0], "nothing declares that it emits cqrs_test.UserGreeted")
		assert.ErrorContains(t, all[1], "only handlers that never run themselves declare that they emit cqrs_test.UserJoined")
	})

	t.Run("are reported with all other problems", func(t *testing.T) {
		t.Parallel()
		all := unprovenOf(t, func(m *cqrs.RequestMap) {
			bindJoining(m)
			cqrs.BindCommand[*OtherJoinHandler](m)
			cqrs.BindRequest[*ReadMeetingHandler](m)
		}, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*Welcoming](m)
			cqrs.BindEvent[*Rejoining](m)
		})
		var got []string
		for _, err := range all {
			switch e := err.(type) {
			case *cqrs.BindError:
				got = append(got, "binding")
			case *cqrs.EmissionError:
				got = append(got, e.Reason.Error())
			default:
				got = append(got, "container")
			}
		}
		assert.Equal(t, []string{
			"binding", cqrs.ErrUndeclaredEvent.Error(), cqrs.ErrUnhandledEvent.Error(), cqrs.ErrDeadHandler.Error(), "container",
		}, got, "%v", all)
	})

	t.Run("do not report what an invalid binding leads to", func(t *testing.T) {
		t.Parallel()
		all := unprovenOf(t, func(m *cqrs.RequestMap) {
			bindJoining(m)
			bindJoining(m)
		}, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*MailHandler](m, cqrs.AfterScope(), cqrs.Durable("mail"))
			cqrs.BindEvent[*RoomHandler](m)
		})
		require.Len(t, all, 2, "%v", all)
		for _, err := range all {
			var invalid *cqrs.BindError
			require.ErrorAs(t, err, &invalid)
		}
	})

	t.Run("say which module declares them", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *Joining { return new(Joining) })
		_, err := a.tryStart(bootstrap.WithProvenEvents(), bootstrap.WithModules(bootstrap.Module{
			Name: "rooms", Commands: bindJoining,
			Events: func(m *cqrs.EventMap) { cqrs.DeclarePublished[UserGreeted](m) },
		}))
		require.ErrorIs(t, err, cqrs.ErrUnhandledEvent)
		assert.ErrorContains(t, err, " in module rooms)")
		_, err = newApp(t).tryStart(bootstrap.WithProvenEvents(), bootstrap.WithModules(bootstrap.Module{
			Name: "rooms", Events: func(m *cqrs.EventMap) { cqrs.DeclarePublished[UserGreeted](m) },
		}))
		assert.ErrorContains(t, err, " in module rooms;")
	})

	t.Run("are not checked by default", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *Rejoining { return new(Rejoining) })
		a.events = append(a.events, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*Rejoining](m)
			cqrs.DeclarePublished[cqrs.Event](m)
		})
		a.start()
	})

	t.Run("have an option with a name", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "WithProvenEvents", bootstrap.WithProvenEvents().String())
	})
}
