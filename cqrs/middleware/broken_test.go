package middleware_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestBrokenErrors uses errors whose methods panic wherever a middleware gets an error from
// the application: the resulting error must still be about that one.
func TestBrokenErrors(t *testing.T) {
	t.Parallel()

	for what, bad := range broken.Errors() {
		t.Run("Validation names a message that says "+what, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, func(context.Context, *self[nothing], validated) error { a.Note("handle"); return nil })
			field := &middleware.FieldError{Field: "name", Err: errOther}
			m := a.start(middleware.Validation())
			for fields, problem := range []error{bad, errors.Join(bad, field)} {
				err, ok := m.Send(t.Context(), validated{Problem: problem}).(*middleware.ValidationError)
				require.True(t, ok)
				assert.True(t, safe.Same(problem, err.Err))
				assert.NotPanics(t, func() { _ = err.Error() })
				assert.Len(t, err.Fields, fields)
			}
			assert.Empty(t, a.Notes())
		})

		t.Run("Fields note "+what, func(t *testing.T) {
			t.Parallel()
			var f middleware.Fields
			f.AddError("first", bad)
			f.AddError("second", errors.Join(bad, &middleware.FieldError{Field: "name", Err: errOther}))
			assert.True(t, safe.Contains(f.Err(), bad))
			assert.NotPanics(t, func() { _ = f.Err().Error() })
		})

		t.Run("Authorization denies with "+what, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, returns[join](nil))
			m := a.start(middleware.Authorization(func(context.Context, any) error { return bad }))
			err, ok := m.Send(t.Context(), join{}).(*middleware.AuthorizationError)
			require.True(t, ok)
			assert.True(t, safe.Same(bad, err.Err))
			assert.NotPanics(t, func() { _ = err.Error() })
		})

		t.Run("Timeout has what the handler returned late, "+what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t)
				command(a, waiting[join](bad))
				err, ok := a.start(middleware.Timeout(time.Second)).Send(t.Context(), join{}).(*middleware.TimeoutError)
				require.True(t, ok)
				assert.True(t, safe.Same(bad, err.Err))
				assert.NotPanics(t, func() { _ = err.Error() })
			})
		})

		t.Run("Logging writes a line of "+what, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, returns[join](bad))
			log, logs := testkit.Logger(zapcore.DebugLevel)
			m := a.start(middleware.Logging(log, middleware.FailureLevel(zapcore.WarnLevel, errOther)))
			assert.True(t, safe.Same(bad, m.Send(t.Context(), join{})))
			assert.Equal(t, 1, logs.Len())
		})

		t.Run("a request stays done if an after-scope handler returns "+what, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, raises[join](joined{}))
			on(a, returns[joined](bad), cqrs.AfterScope())
			log, _ := testkit.Logger(zapcore.DebugLevel)
			err := a.start(
				middleware.Logging(log, middleware.FailureLevel(zapcore.WarnLevel, errOther)),
				cqrs.AroundScope(middleware.Timeout(time.Minute)),
			).Send(t.Context(), join{})
			assert.True(t, cqrs.Done(err))
			assert.True(t, safe.Contains(err, bad))
		})
	}
}
