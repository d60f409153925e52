package cqrs_test

import (
	"context"
	"testing"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func misusesOfMiddleware() []misuse {
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
	}
}
