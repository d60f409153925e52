package cqrs_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	PassingJoinHandler struct{}
	MailHandler        struct{}
)

func (*PassingJoinHandler) Handle(context.Context, JoinMeeting) error { return cqrs.ErrNotHandled }
func (*MailHandler) Handle(context.Context, UserJoined) error         { return nil }

// returning is a middleware that answers instead of the handler.
func returning(result any) cqrs.Middleware {
	return cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return result, nil })
}

// starting returns the only problem of an application with the options.
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

func misusesOfPipelines() []misuse {
	subscribed := func(t *testing.T, opts ...bootstrap.Option) *cqrs.Mediator {
		a := newApp(t)
		a.provide(func() *MailHandler { return new(MailHandler) })
		a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEvent[*MailHandler](m, cqrs.SubscriptionName("mail")) })
		return a.start(opts...)
	}
	return []misuse{
		{"wrong_result_of_command", cqrs.ErrResultType, func(t *testing.T) error {
			return meetings(t, join(nil), false, bootstrap.WithMiddleware(returning(nil))).Send(t.Context(), JoinMeeting{})
		}},
		{"wrong_result_of_event", cqrs.ErrResultType, func(t *testing.T) error {
			err := subscribed(t, bootstrap.WithMiddleware(returning(cqrs.Unit{}))).Publish(t.Context(), UserJoined{})
			return err.(*cqrs.EventError).Err
		}},
		{"nil_middleware", errorType[*cqrs.MiddlewareError]{}, starting(bootstrap.WithMiddleware(cqrs.AroundScope(nil)))},
		{"useless_middleware", errorType[*cqrs.MiddlewareError]{}, starting(bootstrap.WithMiddleware(cqrs.For(
			func(ctx context.Context, _ BookTable, next func(context.Context) (cqrs.Unit, error)) (cqrs.Unit, error) {
				return next(ctx)
			})))},
		{"not_handled", cqrs.ErrNotHandled, func(t *testing.T) error {
			a := newApp(t)
			a.provide(func() *PassingJoinHandler { return new(PassingJoinHandler) })
			a.requests = append(a.requests, func(m *cqrs.RequestMap) {
				cqrs.BindTarget(m, cqrs.Chain(cqrs.CommandTarget[*PassingJoinHandler]()))
			})
			return a.start().Send(t.Context(), JoinMeeting{})
		}},
		{"empty_target", cqrs.ErrEmptyTarget, binding(func(m *cqrs.RequestMap) {
			cqrs.BindTarget(m, cqrs.Chain(cqrs.CommandTarget[*PassingJoinHandler](), cqrs.Target[JoinMeeting, cqrs.Unit]{}))
		})},
		{"duplicate_in_target", cqrs.ErrDuplicate, binding(func(m *cqrs.RequestMap) {
			cqrs.BindTarget(m, cqrs.Chain(cqrs.CommandTarget[*PassingJoinHandler](), cqrs.CommandTarget[*PassingJoinHandler]()))
		})},
		{"duplicate_subscription", cqrs.ErrDuplicate, func(*testing.T) error {
			var m cqrs.EventMap
			cqrs.BindEvent[*UserJoinedHandler](&m, cqrs.SubscriptionName("mail"))
			cqrs.BindEvent[*MailHandler](&m, cqrs.SubscriptionName("mail"))
			return errors.Join(m.Errors()...)
		}},
		{"no_subscription", errorType[*cqrs.SubscriptionError]{}, func(t *testing.T) error {
			return subscribed(t).PublishTo(t.Context(), "male", UserJoined{})
		}},
		{"other_subscription", errorType[*cqrs.SubscriptionError]{}, func(t *testing.T) error {
			return subscribed(t).PublishTo(t.Context(), "mail", UserGreeted{})
		}},
	}
}
