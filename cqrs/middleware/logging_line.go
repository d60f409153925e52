package middleware

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/outcome"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/zaplog"
)

// logged is a binding with everything that is needed to log its messages.
type logged struct {
	options  *logging
	binding  *cqrs.Binding
	log      *zap.Logger // with the fields that are the same for every message
	core     zapcore.Core
	handled  string
	rejected string
	failed   string
	level    zapcore.Level
	levels   []zapcore.Level // all levels that may be used
}

func (l *logged) around(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if !l.enabled() {
		return next(ctx, in)
	}
	start := time.Now()
	return outcome.Observe(ctx, in, next, func(o outcome.Outcome, err error) {
		ctx := contextOf(ctx, in)
		e := ended{o, err, in.Attempt(), zap.Duration("duration", time.Since(start))}
		if e.isProblem() {
			in.Settled(func(last bool) {
				if !last || !l.writeLater(ctx, in, e) {
					l.write(ctx, in, e, last)
				}
			})
			return
		}
		if !l.writeLater(ctx, in, e) {
			l.write(ctx, in, e, true)
		}
	})
}

// retry logs an attempt that a middleware inside repeats.
func (l *logged) retry(ctx context.Context, in *cqrs.Invocation, err error) {
	e := ended{outcome.Of(l.binding, in, err), err, in.Attempt(), zap.Skip()}
	if l.enabled() && e.isProblem() {
		l.write(contextOf(ctx, in), in, e, false)
	}
}

func (l *logged) enabled() (is bool) {
	safe.Do(func() { is = slices.ContainsFunc(l.levels, l.core.Enabled) })
	return is
}

// ended is how an attempt to handle a message ended.
type ended struct {
	outcome  outcome.Outcome
	err      error
	attempt  int
	duration zap.Field
}

func (e ended) isProblem() bool { return e.outcome != outcome.OK && e.outcome != outcome.Stopped }

// write logs the line of a message if its level is enabled. last reports whether no further
// attempt follows.
func (l *logged) write(ctx context.Context, in *cqrs.Invocation, e ended, last bool) {
	level, text := l.line(e.outcome, e.err)
	if !last {
		level, text = min(level, zapcore.WarnLevel), text+", retrying"
	}
	if e.isProblem() && isInner(in) {
		level = min(level, zapcore.DebugLevel)
	}
	entry := l.log.Check(level, text)
	if entry == nil {
		return
	}
	fields := make([]zap.Field, 0, 10)
	if isOpen(l.binding) {
		fields = append(fields, zaplog.Type("message", messageType(in)), zaplog.Type("handler", l.binding.Handler()))
	}
	if in.Nested() {
		fields = append(fields, zap.Bool("nested", true))
	}
	fields = append(fields, e.duration, zap.String("outcome", string(e.outcome)))
	if e.isProblem() {
		fields = append(fields, zap.String("error_type", outcome.TypeOf(e.err)))
		fields = l.appendError(fields, e.err)
	}
	if p, ok := cqrs.Cause(e.err).(*cqrs.PanicError); ok {
		fields = append(fields, zap.String("panic_type", fmt.Sprintf("%T", p.Value)))
	}
	if e.attempt > 1 || !last {
		fields = append(fields, zap.Int("attempt", e.attempt))
	}
	entry.Write(l.appendContext(fields, ctx)...)
}

// appendContext appends the fields from the context.
func (l *logged) appendContext(fields []zap.Field, ctx context.Context) []zap.Field {
	for _, f := range l.options.context {
		safe.Do(func() { fields = append(fields, f(ctx)...) })
	}
	return fields
}

// appendError appends what there is to say about an error besides its type.
func (l *logged) appendError(fields []zap.Field, err error) []zap.Field {
	if e, is := cqrs.Cause(err).(*cqrs.EventError); is && e != nil {
		fields = append(fields, zaplog.Type("event", e.Event), zap.String("event_error_type", outcome.TypeOf(e.Err)))
	}
	if l.options.errText {
		fields = append(fields, zap.String("error", safe.Text(err)))
	}
	return fields
}

// isInner reports whether the line of another message, the outermost of the request, says how
// the request ended. The failure of an inner message need not be one of the request.
func isInner(in *cqrs.Invocation) bool { return in.Nested() && in.Outermost() != nil }

// line returns the level and the text of the line for a message.
func (l *logged) line(o outcome.Outcome, err error) (zapcore.Level, string) {
	switch o {
	case outcome.OK, outcome.Stopped:
		return l.level, l.handled
	case outcome.SideEffectFailed:
		return l.failureLevel(err, zapcore.ErrorLevel), l.handled + ", after-scope delivery failed"
	case outcome.Rejected:
		return l.failureLevel(err, zapcore.InfoLevel), l.rejected
	default:
		return l.failureLevel(err, zapcore.ErrorLevel), l.failed
	}
}

// failureLevel returns the level that an option sets for an error, or else the given one. An
// option for all failures is not one for a message that is rejected.
func (l *logged) failureLevel(err error, level zapcore.Level) zapcore.Level {
	for _, f := range slices.Backward(l.options.failures) {
		if f.isFor(err) && (len(f.errs) > 0 || level == zapcore.ErrorLevel) {
			return f.level
		}
	}
	return level
}
