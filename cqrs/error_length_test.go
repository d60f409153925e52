package cqrs_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestErrorTexts_AreBounded(t *testing.T) {
	t.Parallel()
	const many = 100_000
	joined := reflect.TypeFor[UserJoined]()
	types := func(ends ...reflect.Type) []reflect.Type {
		return append(slices.Repeat([]reflect.Type{joined}, many), ends...)
	}
	huge := errors.New("begin" + strings.Repeat("x", many) + "end")

	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{
			"with many undelivered events",
			&cqrs.EventError{Event: joined, NotDelivered: types(reflect.TypeFor[UserGreeted]()), Err: errDown},

			"; not delivered: cqrs_test.UserJoined, cqrs_test.UserJoined, cqrs_test.UserJoined, (99995 more), " +
				"cqrs_test.UserJoined, cqrs_test.UserJoined, cqrs_test.UserGreeted"},
		{
			"with an event error whose cause is long",
			&cqrs.EventError{Event: reflect.TypeFor[UserJoined](), Err: huge}, "xxend"},
		{"with a long path of events", &cqrs.EventLimitError{Limit: many, Path: types()}, " -> (99994 more) -> "},
		{"with a long path of sends", &cqrs.NestingLimitError{Limit: many, Path: types()}, " -> (99994 more) -> "},
		{
			"with many handlers of a chain",
			&cqrs.NotHandledError{Message: reflect.TypeFor[JoinMeeting](), Handlers: types()}, ", (99994 more), "},
		{"with many messages of a similar name", &cqrs.NoHandlerError{Message: reflect.TypeFor[JoinMeeting](),
			Suggestions: types()},

			"did you mean cqrs_test.UserJoined, cqrs_test.UserJoined, cqrs_test.UserJoined, (99994 more), " +
				"cqrs_test.UserJoined, cqrs_test.UserJoined or cqrs_test.UserJoined?"},
		{"with many subscriptions", &cqrs.SubscriptionError{Event: joined, Known: slices.Repeat([]string{"post"}, many)},
			"post, post, post, (99994 more), post"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, test.err, test.want)
			assert.Less(t, len(test.err.Error()), 5000)
		})
	}

	t.Run("with many middlewares", func(t *testing.T) {
		t.Parallel()
		all := slices.Repeat([]cqrs.Middleware{returning(nil)}, many)
		err := starting(bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.Checked(nil, all...))))(t)
		assert.ErrorContains(t, err, ", (99994 more), ")
		assert.Less(t, len(err.Error()), 5000)
	})

	t.Run("with many failed after-scope deliveries", func(t *testing.T) {
		t.Parallel()
		recorded := slices.Repeat([]cqrs.Event{UserJoined{}}, 500)
		b := behaviour{join: joinRecording(recorded...).join, joined: func(*UserJoinedHandler) error { return huge }}
		err := meetings(t, b, true).Send(t.Context(), JoinMeeting{})
		require.True(t, cqrs.Done(err))
		require.Len(t, cqrs.EventErrors(err), len(recorded))
		assert.ErrorContains(t, err, "; (494 more); ")
		assert.Less(t, len(err.Error()), 7*5000)
		assert.Less(t, len((&cqrs.EventError{Event: reflect.TypeFor[UserJoined](), Err: err}).Error()), 5000)
	})
}
