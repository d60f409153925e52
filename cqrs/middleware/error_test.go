package middleware_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// An application that is misused: guests book rooms.
type (
	BookRoom struct {
		cqrs.Command
		Guests int
	}
	CancelBooking struct{ cqrs.Command }
	CountRooms    struct{ cqrs.Query[int] }
	CloseRoom     struct{ cqrs.Command }
	PaintRoom     struct{ cqrs.Command }

	BookRoomHandler      struct{}
	CancelBookingHandler struct{}
	CountRoomsHandler    struct{}
	CloseRoomHandler     struct{}
	PaintRoomHandler     struct{}

	// Restricted is implemented by messages that only some may send.
	Restricted interface{ RequiredRole() string }
)

func (BookRoom) RequiredRole() string               { return "guest" }
func (*CloseRoom) RequiredRole() string             { return "manager" }
func (*CloseRoom) Validate(context.Context) error   { return nil }
func (*CloseRoom) Timeout() time.Duration           { return time.Second }
func (PaintRoom) Validate(int, ...string) error     { return nil }
func (c BookRoom) Validate(_ context.Context) error { return guests(c.Guests) }

func guests(n int) error {
	var f middleware.Fields
	if n < 1 {
		f.Add("guests", "must be at least 1")
		f.Add("period", "is missing")
	}
	return f.Err()
}

func (*BookRoomHandler) Handle(ctx context.Context, _ BookRoom) error {
	<-ctx.Done()
	return ctx.Err()
}
func (*CancelBookingHandler) Handle(context.Context, CancelBooking) error  { return nil }
func (*CountRoomsHandler) Handle(context.Context, CountRooms) (int, error) { return 3, nil }
func (*CloseRoomHandler) Handle(context.Context, CloseRoom) error          { return nil }
func (*PaintRoomHandler) Handle(context.Context, PaintRoom) error          { return nil }

func deny(context.Context, Restricted) error { return errOther }

// misuse is the name of a golden file, and a program that gets the error in it.
type misuse struct {
	name   string
	reason error
	err    func(t *testing.T) error
}

func rooms(mapper func(*cqrs.RequestMap), stands ...cqrs.Middleware) (*cqrs.Mediator, error) {
	c := container.New()
	if err := c.ProvideAll(
		func() *BookRoomHandler { return nil },
		func() *CancelBookingHandler { return nil },
		func() *CountRoomsHandler { return nil },
		func() *CloseRoomHandler { return nil },
		func() *PaintRoomHandler { return nil },
	); err != nil {
		return nil, err
	}
	return bootstrap.New(c, mapper, nil, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithMiddleware(stands...))
}

func bookRoom(m *cqrs.RequestMap)      { cqrs.BindCommand[*BookRoomHandler](m) }
func cancelBooking(m *cqrs.RequestMap) { cqrs.BindCommand[*CancelBookingHandler](m) }
func countRooms(m *cqrs.RequestMap)    { cqrs.BindRequest[*CountRoomsHandler](m) }
func closeRoom(m *cqrs.RequestMap)     { cqrs.BindCommand[*CloseRoomHandler](m) }
func paintRoom(m *cqrs.RequestMap)     { cqrs.BindCommand[*PaintRoomHandler](m) }

// starting returns the only problem that bootstrap.New reports.
func starting(mapper func(*cqrs.RequestMap), stands cqrs.Middleware) func(*testing.T) error {
	return func(t *testing.T) error {
		_, err := rooms(mapper, stands)
		all, ok := err.(*bootstrap.Error)
		require.True(t, ok, "%v", err)
		require.Len(t, all.Problems, 1)
		return all.Problems[0]
	}
}

// booking returns the error of sending a BookRoom.
func booking(guests int, stands cqrs.Middleware) func(*testing.T) error {
	return func(t *testing.T) error {
		m, err := rooms(bookRoom, stands)
		require.NoError(t, err)
		return m.Send(t.Context(), BookRoom{Guests: guests})
	}
}

// errorType is the reason of a misuse whose error type has no sentinel.
type errorType[E error] struct{ error }

func (errorType[E]) matches(err error) bool {
	_, is := errors.AsType[E](err)
	return is
}

func misuses() []misuse {
	log := zap.NewExample()
	return []misuse{
		{"timeout", context.DeadlineExceeded, booking(1, middleware.Timeout(time.Nanosecond))},
		{"timeout_negative", errorType[*middleware.ConfigError]{}, starting(bookRoom, middleware.Timeout(-time.Second))},
		{"timeout_pointer", errorType[*middleware.ConfigError]{}, starting(closeRoom, middleware.Timeout(time.Second))},
		{"invalid", middleware.ErrInvalid, booking(0, middleware.Validation())},
		{"validate_pointer", errorType[*middleware.ConfigError]{}, starting(closeRoom, middleware.Validation())},
		{"validate_signature", errorType[*middleware.ConfigError]{}, starting(paintRoom, middleware.Validation())},
		{"denied", middleware.ErrDenied, booking(1, middleware.Authorization(deny))},
		{"unchecked", errorType[*middleware.ConfigError]{}, starting(cancelBooking, middleware.Authorization(deny))},
		{"unchecked_pointer", errorType[*middleware.ConfigError]{}, starting(closeRoom, middleware.Authorization(deny))},
		{"authorization_nil", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Authorization[Restricted](nil))},
		{"authorization_interface", errorType[*middleware.ConfigError]{}, starting(bookRoom, middleware.Authorization(
			func(context.Context, BookRoom) error { return nil }))},
		{"exempt_unbound", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Authorization(deny, middleware.Exempt[CancelBooking]()))},
		{"exempt_query", errorType[*middleware.ConfigError]{},
			starting(countRooms, middleware.Authorization(deny, middleware.Exempt[CountRooms]()))},
		{"exempt_checked", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Authorization(deny, middleware.Exempt[BookRoom]()))},
		{"exempt_twice", errorType[*middleware.ConfigError]{}, starting(cancelBooking, middleware.Authorization(deny,
			middleware.Exempt[CancelBooking](),
			middleware.Exempt[CancelBooking]()))},
		{"exempt_empty", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Authorization(deny, middleware.Exemption{}))},
		{"require_lacks", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Require(middleware.Commands(), middleware.HasTimeout()))},
		{"require_needless", errorType[*middleware.ConfigError]{}, starting(bookRoom, cqrs.Policy("both",
			middleware.Validation(),
			middleware.Require(middleware.Commands(), middleware.HasValidator(),
				middleware.Exempt[BookRoom]())))},
		{"require_needless_kind", errorType[*middleware.ConfigError]{}, starting(countRooms,
			middleware.Require(middleware.Commands(), middleware.HasValidator(), middleware.Exempt[CountRooms]()))},
		{"require_unbound", errorType[*middleware.ConfigError]{}, starting(bookRoom, middleware.Require(
			middleware.Queries(), middleware.HasAuthorization(), middleware.Exempt[CountRooms]()))},
		{"require_not_durable_safe", errorType[*middleware.ConfigError]{},
			func(t *testing.T) error {
				a := newApp(t)
				command(a, returns[join](nil))
				return a.problems(middleware.Require(middleware.Commands(), middleware.IsDurableSafe()))[0]
			}},
		{"require_nothing", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Require(middleware.Messages{}, middleware.HasTimeout()))},
		{"require_no_policy", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Require(middleware.Commands(), middleware.Policy{}))},
		{"logging_nil", errorType[*middleware.ConfigError]{}, starting(bookRoom, middleware.Logging(nil))},
		{"logging_nil_option", errorType[*middleware.ConfigError]{}, starting(bookRoom, middleware.Logging(log, nil))},
		{"logging_kind", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Logging(log, middleware.Level(7, zapcore.InfoLevel)))},
		{"logging_level", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Logging(log, middleware.Level(cqrs.KindQuery, zapcore.FatalLevel)))},
		{"logging_nil_error", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Logging(log, middleware.FailureLevel(zapcore.WarnLevel, nil)))},
		{"logging_nil_context_fields", errorType[*middleware.ConfigError]{},
			starting(bookRoom, middleware.Logging(log, middleware.ContextFields(nil)))},
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()

	for _, m := range misuses() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			err := m.err(t)
			if reason, ok := m.reason.(interface{ matches(err error) bool }); ok {
				require.True(t, reason.matches(err), "%T", err)
			} else {
				require.ErrorIs(t, err, m.reason)
			}
			testkit.AssertErrorText(t, m.name, err)
			assert.True(t, strings.HasPrefix(err.Error(), "middleware: "), "%v", err)
			assert.Contains(t, err.Error(), "; ", "how to fix it")
			assert.NotContains(t, err.Error(), "\n")
		})
	}

	t.Run("have no unused golden files", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, m := range misuses() {
			names = append(names, m.name)
		}
		testkit.AssertErrorFiles(t, names)
	})

	t.Run("of sentinels begin with the package", func(t *testing.T) {
		t.Parallel()
		for _, err := range []error{middleware.ErrInvalid, middleware.ErrDenied} {
			assert.True(t, strings.HasPrefix(err.Error(), "middleware: "), "%v", err)
		}
	})
}
