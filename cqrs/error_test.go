package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// An application that is misused: users join meetings.
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

// A behaviour is what the handlers of one misuse do.
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

// A misuse is the making of an error: the name of a golden file, and a program
// that gets the error.
type misuse struct {
	name   string
	reason error
	err    func(t *testing.T) error
}

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

// sending returns the error of a JoinMeeting.
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

// errorType is the reason of a misuse whose error type has no sentinel.
type errorType[E error] struct{ error }

func (errorType[E]) matches(err error) bool {
	_, is := errors.AsType[E](err)
	return is
}

func misuses() []misuse { return append(misusesOfMessages(), misusesOfPipelines()...) }

func misusesOfMessages() []misuse {
	var none context.Context
	recorded := joinRecording(UserJoined{}, UserGreeted{}, UserJoined{})
	fails := behaviour{joined: func(*UserJoinedHandler) error { return errDown }, join: recorded.join}
	again := behaviour{
		joined: func(h *UserJoinedHandler) error { h.Record(UserJoined{}); return nil },
		join:   joinRecording(UserJoined{}).join,
	}
	wrong := bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return "text", nil }))
	cause := func(err error) error { return err.(*cqrs.EventError).Err }
	return []misuse{
		{"pointer_sent", cqrs.ErrPointer, func(t *testing.T) error {
			return meetings(t, join(nil), false).Send(t.Context(), &JoinMeeting{})
		}},
		{"pointer_recorded", cqrs.ErrPointer, sending(joinRecording(&UserJoined{}))},
		{"nil_sent", cqrs.ErrNilMessage, func(t *testing.T) error {
			return meetings(t, join(nil), false).Send(t.Context(), nil)
		}},
		{"nil_recorded", cqrs.ErrNilMessage, sending(joinRecording(nil))},
		{"nil_context", cqrs.ErrNilContext, func(t *testing.T) error {
			return meetings(t, join(nil), false).Send(none, JoinMeeting{})
		}},
		{"nil_context_without_message", cqrs.ErrNilContext, func(t *testing.T) error {
			return meetings(t, join(nil), false).Publish(none, UserJoined{})
		}},
		{"nil_mediator", cqrs.ErrNilMediator, func(t *testing.T) error {
			var m *cqrs.Mediator
			return m.Send(t.Context(), Join{})
		}},
		{"nil_function", cqrs.ErrNilFunc, func(t *testing.T) error {
			return meetings(t, join(nil), false).Run(t.Context(), nil)
		}},
		{"request_ended", cqrs.ErrRequestEnded, func(t *testing.T) error {
			m, kept := meetings(t, join(nil), false), cqrs.Sender(nil)
			require.NoError(t, m.Run(t.Context(), func(_ context.Context, s cqrs.Sender) error { kept = s; return nil }))
			return kept.Send(t.Context(), JoinMeeting{})
		}},
		{"constructor_sends", cqrs.ErrConstructing, func(t *testing.T) error {
			a := newApp(t).withTx()
			command(a, func(context.Context, *self[*tx], Leave) error { return nil })
			var sent error
			a.provide(func(ctx context.Context, s cqrs.Sender) *Tx { sent = s.Send(ctx, Leave{}); return nil }, container.Scoped())
			command(a, func(context.Context, *self[*Tx], Join) error { return nil })
			require.NoError(t, a.start().Send(t.Context(), Join{}))
			return sent
		}},
		{"unhandled_event", cqrs.ErrUnhandledEvent, func(t *testing.T) error {
			return cause(sending(joinRecording(UserJoined{}), bootstrap.WithStrictEvents())(t))
		}},
		{"wrong_result", cqrs.ErrResultType, func(t *testing.T) error {
			_, err := cqrs.Send(t.Context(), meetings(t, join(nil), false, wrong), ReadMeeting{})
			return err
		}},
		{"nil_stream", cqrs.ErrNilStream, func(t *testing.T) error {
			_, err := drain(cqrs.Stream(t.Context(), meetings(t, join(nil), false), ListMeetings{}))
			return err
		}},
		{"no_handler", errorType[*cqrs.NoHandlerError]{}, func(t *testing.T) error {
			return meetings(t, join(nil), false).Send(t.Context(), BookTable{})
		}},
		{"no_handler_suggestion", errorType[*cqrs.NoHandlerError]{}, func(t *testing.T) error {
			return meetings(t, join(nil), false).Send(t.Context(), JoinMeetings{})
		}},
		{"duplicate_request", cqrs.ErrDuplicate, binding(func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*JoinMeetingHandler](m)
			cqrs.BindCommand[*OtherJoinHandler](m)
		})},
		{"duplicate_event_handler", cqrs.ErrDuplicate, func(*testing.T) error {
			var m cqrs.EventMap
			cqrs.BindEvent[*UserJoinedHandler](&m)
			cqrs.BindEvent[*UserJoinedHandler](&m)
			return errors.Join(m.Errors()...)
		}},
		{"bound_to_pointer", cqrs.ErrPointer, binding(func(m *cqrs.RequestMap) { cqrs.BindCommand[*PointerHandler](m) })},
		{"bound_to_interface", cqrs.ErrInterface, binding(func(m *cqrs.RequestMap) { cqrs.BindCommand[*AnyCommandHandler](m) })},
		{"lost_events", cqrs.ErrLostEvents, binding(func(m *cqrs.RequestMap) { cqrs.BindCommand[ValueHandler](m) })},
		{"panic", errDown, sending(join(func(*JoinMeetingHandler) error { panic(errDown) }))},
		{"panic_without_handler", errDown, func(t *testing.T) error {
			return meetings(t, join(nil), false).Run(t.Context(), func(context.Context, cqrs.Sender) error { panic(errDown) })
		}},
		{"event_in_scope", errDown, sending(fails)},
		{"event_after_scope", errDown, func(t *testing.T) error {
			fails := behaviour{joined: fails.joined, join: joinRecording(UserJoined{}).join}
			return meetings(t, fails, true).Send(t.Context(), JoinMeeting{})
		}},
		{"events_after_scope", errDown, func(t *testing.T) error {
			fails := behaviour{joined: fails.joined, join: joinRecording(UserJoined{}, UserJoined{}).join}
			return meetings(t, fails, true).Send(t.Context(), JoinMeeting{})
		}},
		{"event_not_handled", cqrs.ErrUnhandledEvent, sending(joinRecording(UserJoined{}, UserGreeted{}), bootstrap.WithStrictEvents())},
		{"event_limit", errorType[*cqrs.EventLimitError]{}, func(t *testing.T) error { return cause(sending(again, bootstrap.WithEventLimit(2))(t)) }},
		{"event_limit_long", errorType[*cqrs.EventLimitError]{}, func(t *testing.T) error { return cause(sending(again)(t)) }},
		{"nesting_limit", errorType[*cqrs.NestingLimitError]{}, func(t *testing.T) error {
			a := newApp(t)
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error { return h.need.Send(ctx, Join{}) })
			return a.start(bootstrap.WithNestingLimit(2)).Send(t.Context(), Join{})
		}},
		{"nesting_limit_long", errorType[*cqrs.NestingLimitError]{}, func(t *testing.T) error {
			a := newApp(t)
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error { return h.need.Send(ctx, Leave{}) })
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Join{}) })
			return a.start().Send(t.Context(), Join{})
		}},
		{"next_within_next", errorType[*cqrs.MiddlewareError]{}, func(t *testing.T) error {
			a := newApp(t)
			var kept func() error
			command(a, func(context.Context, *self[nothing], Join) error { return kept() })
			return a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				kept = func() error { _, err := next(ctx, in); return err }
				return next(ctx, in)
			})).Send(t.Context(), Join{})
		}},
		{"yield_after_false", nil, func(t *testing.T) error {
			a := newApp(t)
			stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) { yield(0, errHandler); yield(1, nil) }
			})
			_, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
			p, _ := errors.AsType[*cqrs.PanicError](err)
			return p
		}},
		{"stream_stopped", cqrs.ErrStreamStopped, func(t *testing.T) error {
			a := newApp(t)
			var outcome error
			withFinalizer[Tx](a, func(_ context.Context, o error) error { outcome = o; return nil })
			stream(a, func(context.Context, *self[*Tx], Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) { yield(1, nil) }
			})
			for range cqrs.Stream(t.Context(), a.start(), Export{}) {
				break
			}
			return outcome
		}},
		{"exit", cqrs.ErrExit, func(t *testing.T) error {
			a := newApp(t)
			var outcome error
			withFinalizer[Tx](a, func(_ context.Context, o error) error { outcome = o; return nil })
			command(a, func(context.Context, *self[*Tx], Join) error { runtime.Goexit(); return nil })
			m := a.start()
			onItsOwnGoroutine(func() { _ = m.Send(context.Background(), Join{}) })
			return outcome
		}},
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()

	for _, m := range misuses() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			err := m.err(t)
			switch reason := m.reason.(type) {
			case nil: // a panic
			case interface{ matches(err error) bool }:
				require.True(t, reason.matches(err), "%T", err)
			default:
				require.ErrorIs(t, err, reason)
			}
			testkit.AssertErrorText(t, m.name, err)
			assert.True(t, strings.HasPrefix(err.Error(), "cqrs: "), "%v", err)
			assert.NotContains(t, err.Error(), "\n")
		})
	}

	t.Run("have no other golden files", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, m := range misuses() {
			names = append(names, m.name)
		}
		testkit.AssertErrorFiles(t, names)
	})
}
