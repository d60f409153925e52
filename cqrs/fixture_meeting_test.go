package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// The application that the tests of error texts misuse: users join meetings.
type (
	JoinMeeting  struct{ cqrs.Command }
	JoinMeetings struct{ cqrs.Command }
	BookTable    struct{ cqrs.Command }
	ReadMeeting  struct{ cqrs.Query[int] }
	ListMeetings struct{ cqrs.StreamOf[string] }
	UserJoined   struct{ cqrs.DomainEvent }
	UserGreeted  struct{ cqrs.DomainEvent }

	JoinMeetingHandler struct {
		cqrs.EventRecorder
		behave behaviour
	}
	OtherJoinHandler    struct{}
	PointerHandler      struct{}
	AnyCommandHandler   struct{}
	ValueHandler        struct{ cqrs.EventRecorder }
	ReadMeetingHandler  struct{}
	ListMeetingsHandler struct{}
	UserJoinedHandler   struct {
		cqrs.EventRecorder
		behave behaviour
	}
	Tx struct{}
)

// behaviour holds what the handlers do in one misuse.
type behaviour struct {
	join   func(*JoinMeetingHandler) error
	joined func(*UserJoinedHandler) error
}

var errDown = errors.New("connection refused")

func (h *JoinMeetingHandler) Handle(context.Context, JoinMeeting) error          { return h.behave.join(h) }
func (*OtherJoinHandler) Handle(context.Context, JoinMeeting) error              { return nil }
func (*PointerHandler) Handle(context.Context, *JoinMeeting) error               { return nil }
func (*AnyCommandHandler) Handle(context.Context, cqrs.Request[cqrs.Unit]) error { return nil }
func (ValueHandler) Handle(context.Context, JoinMeeting) error                   { return nil }
func (*ReadMeetingHandler) Handle(context.Context, ReadMeeting) (int, error) {
	return 0, nil
}
func (*ListMeetingsHandler) Handle(context.Context, ListMeetings) iter.Seq2[string, error] {
	return nil
}
func (h *UserJoinedHandler) Handle(context.Context, UserJoined) error { return h.behave.joined(h) }

// meetings returns the mediator of the application.
func meetings(t *testing.T, b behaviour, afterScope bool, opts ...bootstrap.Option) *cqrs.Mediator {
	t.Helper()
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() *JoinMeetingHandler { return &JoinMeetingHandler{behave: b} },
		func() *UserJoinedHandler { return &UserJoinedHandler{behave: b} },
		func() *ReadMeetingHandler { return nil },
		func() *ListMeetingsHandler { return nil },
	))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*JoinMeetingHandler](m)
		cqrs.BindRequest[*ReadMeetingHandler](m)
		cqrs.BindStream[*ListMeetingsHandler](m)
	}, func(m *cqrs.EventMap) {
		switch {
		case b.joined == nil:
		case afterScope:
			cqrs.BindEvent[*UserJoinedHandler](m, cqrs.AfterScope())
		default:
			cqrs.BindEvent[*UserJoinedHandler](m)
		}
	}, opts...)
	require.NoError(t, err)
	return m
}

func join(do func(*JoinMeetingHandler) error) behaviour { return behaviour{join: do} }

func joinRecording(events ...cqrs.Event) behaviour {
	return join(func(h *JoinMeetingHandler) error { h.Record(events...); return nil })
}

// sending returns a function that returns the error of sending JoinMeeting.
func sending(b behaviour, opts ...bootstrap.Option) func(*testing.T) error {
	return func(t *testing.T) error { return meetings(t, b, false, opts...).Send(t.Context(), JoinMeeting{}) }
}

func binding(bind func(*cqrs.RequestMap)) func(*testing.T) error {
	return func(*testing.T) error {
		var m cqrs.RequestMap
		bind(&m)
		return errors.Join(m.Errors()...)
	}
}

type (
	PassingJoinHandler struct{}
	MailHandler        struct{}
)

func (*PassingJoinHandler) Handle(context.Context, JoinMeeting) error { return cqrs.ErrNotHandled }
func (*MailHandler) Handle(context.Context, UserJoined) error         { return nil }

// returning returns a middleware that returns a result without calling next.
func returning(result any) cqrs.Middleware {
	return cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return result, nil })
}

// starting returns a function that returns the only problem that bootstrap.New finds.
func starting(opts ...bootstrap.Option) func(*testing.T) error {
	return func(t *testing.T) error {
		a := newApp(t)
		joinRecords(a)
		_, err := a.tryStart(opts...)
		var all *bootstrap.Error
		require.ErrorAs(t, err, &all)
		require.Len(t, all.Problems, 1)
		return all.Problems[0]
	}
}
