package middleware_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

type userKey struct{}

func userFields(ctx context.Context) []zap.Field {
	user, _ := ctx.Value(userKey{}).(string)
	return []zap.Field{zap.String("user", user)}
}

func TestContextFields(t *testing.T) {
	t.Parallel()

	t.Run("adds the fields of each function to each line", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, raises[join](joined{}))
		on(a, returns[joined](errHandler))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		id := func(context.Context) []zap.Field { return []zap.Field{zap.Int("request_id", 7)} }
		m := a.start(middleware.Logging(log, middleware.ContextFields(userFields), middleware.ContextFields(id)))
		require.Error(t, m.Send(context.WithValue(t.Context(), userKey{}, "ada"), join{}))
		lines := linesOf(t, logs)
		require.Len(t, lines, 2)
		for _, l := range lines {
			assert.Equal(t, "ada", l.fields["user"])
			assert.EqualValues(t, 7, l.fields["request_id"])
		}
	})

	t.Run("is not called for a line that is not written", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		log, _ := testkit.Logger(zapcore.ErrorLevel)
		called := func(context.Context) []zap.Field { t.Error("called"); return nil }
		require.NoError(t, a.start(middleware.Logging(log, middleware.ContextFields(called))).Send(t.Context(), join{}))
	})

	t.Run("leaves the line as it is if a function panics", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		blowUp := func(context.Context) []zap.Field { panic("no") }
		m := a.start(middleware.Logging(log, middleware.ContextFields(blowUp), middleware.ContextFields(userFields)))
		require.NoError(t, m.Send(t.Context(), join{}))
		lines := linesOf(t, logs)
		require.Len(t, lines, 1)
		assert.Contains(t, lines[0].fields, "user")
	})
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	fieldOf := func(t *testing.T, err error, opts ...middleware.LoggingOption) any {
		t.Helper()
		a := newApp(t)
		command(a, returns[join](err))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		_ = a.start(middleware.Logging(log, opts...)).Send(t.Context(), join{})
		lines := linesOf(t, logs)
		require.Len(t, lines, 1)
		return lines[0].fields["error"]
	}
	assert.Equal(t, "the handler says no", fieldOf(t, errHandler, middleware.ErrorText()))
	assert.Equal(t, "join: middleware: message is denied",
		fieldOf(t, fmt.Errorf("join: %w", middleware.ErrDenied), middleware.ErrorText()))
	assert.Nil(t, fieldOf(t, errHandler), "not unless asked for")
	assert.Nil(t, fieldOf(t, nil, middleware.ErrorText()), "there is no error")
	assert.LessOrEqual(t, len(fieldOf(t, testkit.LongError(), middleware.ErrorText()).(string)), 4096)
	for what, bad := range broken.Errors() {
		assert.IsType(t, "", fieldOf(t, bad, middleware.ErrorText()), what)
	}
}

func TestLogging_of_an_event_error_names_the_event(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	command(a, raises[join](joined{}))
	on(a, returns[joined](&middleware.TimeoutError{}))
	log, logs := testkit.Logger(zapcore.InfoLevel)
	require.Error(t, a.start(middleware.Logging(log)).Send(t.Context(), join{}))
	lines := linesOf(t, logs)
	require.Len(t, lines, 1, "the line of the event is at Debug")
	assert.Equal(t, "*cqrs.EventError", lines[0].fields["error_type"])
	assert.Equal(t, "middleware_test.joined", lines[0].fields["event"])
	assert.Equal(t, "*middleware.TimeoutError", lines[0].fields["event_error_type"])
}

// TestInvocation_Outermost is about what Logging asks to find the outermost message.
func TestInvocation_Outermost(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var got []string
	note := cqrs.AroundScope(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		outermost := "none"
		if b := in.Outermost(); b != nil {
			outermost = b.Message().Name()
		}
		got = append(got, in.Binding().Message().Name()+" in "+outermost)
		return next(ctx, in)
	}))
	command(a, func(ctx context.Context, h *self[cqrs.Sender], _ join) error {
		h.Record(joined{})
		if _, err := testkit.Drain(cqrs.Stream(ctx, h.need, export{})); err != nil {
			return err
		}
		return h.need.Send(ctx, leave{})
	})
	command(a, returns[leave](nil))
	stream(a, yields[export](nil, 1))
	on(a, returns[joined](nil))
	m := a.start(note)
	require.NoError(t, m.Send(t.Context(), join{}))
	assert.Equal(t, []string{"join in join", "export in join", "leave in join", "joined in join"}, got)

	got = nil
	require.NoError(t, m.Publish(t.Context(), joined{}))
	require.NoError(t, m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
		if _, err := testkit.Drain(cqrs.Stream(ctx, s, export{})); err != nil {
			return err
		}
		return s.Send(ctx, leave{})
	}))
	assert.Equal(t, []string{"joined in none", "export in none", "leave in none"}, got)
}
