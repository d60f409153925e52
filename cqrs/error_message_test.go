package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func misusesOfMessages() []misuse {
	var none context.Context
	recorded := joinRecording(UserJoined{}, UserGreeted{}, UserJoined{})
	fails := behaviour{joined: func(*UserJoinedHandler) error { return errDown }, join: recorded.join}
	again := behaviour{
		joined: func(h *UserJoinedHandler) error { h.Record(UserJoined{}); return nil },
		join:   joinRecording(UserJoined{}).join,
	}
	wrong := bootstrap.WithMiddleware(cqrs.MiddlewareFunc(
		func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return "text", nil }))
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
		{"mediator_closed", cqrs.ErrClosed, func(t *testing.T) error {
			m := meetings(t, join(nil), false)
			require.NoError(t, m.Close(t.Context()))
			return m.Send(t.Context(), JoinMeeting{})
		}},
		{"close_abandons", context.Canceled, func(t *testing.T) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			var m *cqrs.Mediator
			var closing error
			m = meetings(t, join(func(*JoinMeetingHandler) error { closing = m.Close(ctx); return nil }), false)
			require.NoError(t, m.Send(t.Context(), JoinMeeting{}))
			return closing
		}},
		{"constructor_sends", cqrs.ErrConstructing, func(t *testing.T) error {
			a := newApp(t).withTx()
			command(a, func(context.Context, *self[*tx], Leave) error { return nil })
			var sent error
			a.provide(func(ctx context.Context, s cqrs.Sender) *Tx { sent = s.Send(ctx, Leave{}); return nil },
				container.Scoped())
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
			_, err := testkit.Drain(cqrs.Stream(t.Context(), meetings(t, join(nil), false), ListMeetings{}))
			return err
		}},
		{"no_handler", errorType[*cqrs.NoHandlerError]{}, func(t *testing.T) error {
			return meetings(t, join(nil), false).Send(t.Context(), BookTable{})
		}},
		{"no_handler_suggestion", errorType[*cqrs.NoHandlerError]{}, func(t *testing.T) error {
			return meetings(t, join(nil), false).Send(t.Context(), JoinMeetings{})
		}},
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
		{"event_after_scope_elsewhere", errDown, func(t *testing.T) error {
			fails := behaviour{joined: fails.joined, join: joinRecording(UserJoined{}).join}
			other := meetings(t, fails, true)
			return sending(join(func(*JoinMeetingHandler) error {
				return other.Send(context.Background(), JoinMeeting{})
			}))(t)
		}},
		{"event_after_scope_elsewhere_wrapped", errDown, func(t *testing.T) error {
			fails := behaviour{joined: fails.joined, join: joinRecording(UserJoined{}).join}
			other := meetings(t, fails, true)
			return other.Run(t.Context(), func(ctx context.Context, _ cqrs.Sender) error {
				return fmt.Errorf("book the room: %w", other.Send(ctx, JoinMeeting{}))
			})
		}},
		{"event_not_handled", cqrs.ErrUnhandledEvent, sending(joinRecording(UserJoined{}, UserGreeted{}),
			bootstrap.WithStrictEvents())},
		{"event_limit", errorType[*cqrs.EventLimitError]{},
			func(t *testing.T) error { return cause(sending(again, bootstrap.WithEventLimit(2))(t)) }},
		{"event_limit_long", errorType[*cqrs.EventLimitError]{},
			func(t *testing.T) error { return cause(sending(again)(t)) }},
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
			_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
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
			testkit.OnGoroutine(func() { _ = m.Send(context.Background(), Join{}) })
			return outcome
		}},
	}
}
