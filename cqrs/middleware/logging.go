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
)

// Logging returns a middleware that logs one line for each message that has a handler:
// requests, streams and events, including those that are sent or raised within another
// request. The text is "command handled", "command rejected" or "command failed", and likewise
// for the other kinds. The fields are:
//
//	kind        command, query, stream or event
//	message     the type of the message
//	handler     the type of the handler; of several, the first
//	nested      true if the message was handled in the scope of another request
//	duration    of the request with its events and finalizers; of a stream with its consumer
//	outcome     see below
//	error_type  the type of the error; if it only wraps another error, the type of that;
//	            if it has a method ErrorType() string, the result of that method
//	panic_type  the type of the panic value
//
// The outcome is one of
//
//	ok                  also if an error of a nested request was handled
//	stopped             the consumer stopped the stream
//	rejected            the error is expected, as reported by cqrs.Mediator.Expected: the
//	                    message is invalid, denied or cancelled, or the application declared
//	                    the error with bootstrap.WithExpectedErrors
//	error               the message was not handled, or was rolled back
//	panic               like error, but caused by a panic, perhaps of a stream's consumer
//	exit                like error, but a goroutine ended, perhaps that of a stream's consumer
//	side_effect_failed  the request is done, and only after-scope handlers failed
//
// Only types are logged, never the contents of a message or the text of an error. Messages
// with the outcome ok or stopped are logged at the level of their kind, rejected ones at
// Info, and all others at the level of failures; see [Level] and [FailureLevel]. If no level is
// enabled, the only cost is to ask the logger; if only failures are enabled, the clock is
// read as well. Neither allocates. With zap.NewNop(), the handlers are not wrapped at all.
//
// Logging wraps the whole request, as if in cqrs.AroundScope, so that it knows whether the
// request was committed. It lets panics pass through, and ignores a panic of the logger.
// bootstrap.New returns a [*ConfigError] for a nil logger and for an invalid option.
func Logging(log *zap.Logger, opts ...LoggingOption) cqrs.Middleware {
	m := origin{"Logging", caller()}
	if log == nil {
		return failing(m.errorf("the logger is nil; use zap.NewNop() to disable logging"))
	}
	l := &logging{
		log: log,
		levels: map[cqrs.Kind]zapcore.Level{
			cqrs.KindCommand: zapcore.InfoLevel,
			cqrs.KindQuery:   zapcore.DebugLevel,
			cqrs.KindStream:  zapcore.DebugLevel,
			cqrs.KindEvent:   zapcore.InfoLevel,
		},
		failures: []failureLevel{{level: zapcore.ErrorLevel}},
	}
	var errs []error
	for i, o := range opts {
		if o == nil {
			errs = append(errs, m.errorf("option %d is nil; remove it", i+1))
		} else if err := o.apply(l); err != nil {
			errs = append(errs, m.errorf("%v: %v", o, err))
		}
	}
	if errs != nil {
		return failing(errs...)
	}
	return cqrs.AroundScope(cqrs.PerBinding(l.around))
}

type logging struct {
	log      *zap.Logger
	levels   map[cqrs.Kind]zapcore.Level
	failures []failureLevel // the last one that matches applies
}

// around returns the middleware that logs the messages of one binding.
func (l *logging) around(b *cqrs.Binding) cqrs.Middleware {
	if l.log.Core() == zapcore.NewNopCore() {
		return nil
	}
	log := l.log.With(zap.String("kind", b.Kind().String()))
	if !isOpen(b) {
		log = log.With(zap.String("message", b.Message().String()), zap.String("handler", b.Handler().String()))
	}
	var levels []zapcore.Level
	for _, f := range l.failures {
		levels = append(levels, f.level)
	}
	return cqrs.MiddlewareFunc((&logged{
		binding:  b,
		log:      log,
		core:     log.Core(),
		handled:  b.Kind().String() + " handled",
		rejected: b.Kind().String() + " rejected",
		failed:   b.Kind().String() + " failed",
		level:    l.levels[b.Kind()],
		failures: l.failures,
		levels:   slices.Compact(append(levels, zapcore.InfoLevel, l.levels[b.Kind()])),
	}).around)
}

// logged is a binding with everything that is needed to log its messages.
type logged struct {
	binding  *cqrs.Binding
	log      *zap.Logger // with the fields that are the same for every message
	core     zapcore.Core
	handled  string
	rejected string
	failed   string
	level    zapcore.Level
	failures []failureLevel
	levels   []zapcore.Level // all levels that may be used
}

func (l *logged) around(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	enabled := false
	safe.Do(func() { enabled = slices.ContainsFunc(l.levels, l.core.Enabled) })
	if !enabled {
		return next(ctx, in)
	}
	start := time.Now()
	return outcome.Observe(ctx, in, next, func(o outcome.Outcome, err error) {
		l.write(in, time.Since(start), o, err)
	})
}

// write logs the line of a message if its level is enabled.
func (l *logged) write(in *cqrs.Invocation, took time.Duration, o outcome.Outcome, err error) {
	level, text := l.line(o, err)
	entry := l.log.Check(level, text)
	if entry == nil {
		return
	}
	fields := make([]zap.Field, 0, 7)
	if isOpen(l.binding) {
		fields = append(fields, zap.Stringer("message", messageType(in)), zap.Stringer("handler", l.binding.Handler()))
	}
	if in.Nested() {
		fields = append(fields, zap.Bool("nested", true))
	}
	fields = append(fields, zap.Duration("duration", took), zap.String("outcome", string(o)))
	if o != outcome.OK && o != outcome.Stopped {
		fields = append(fields, zap.String("error_type", outcome.TypeOf(err)))
	}
	if p, ok := cqrs.Cause(err).(*cqrs.PanicError); ok {
		fields = append(fields, zap.String("panic_type", fmt.Sprintf("%T", p.Value)))
	}
	entry.Write(fields...)
}

// line returns the level and the text of the line for a message.
func (l *logged) line(o outcome.Outcome, err error) (zapcore.Level, string) {
	switch o {
	case outcome.OK, outcome.Stopped:
		return l.level, l.handled
	case outcome.Rejected:
		return l.failureLevel(err, zapcore.InfoLevel), l.rejected
	default:
		return l.failureLevel(err, zapcore.ErrorLevel), l.failed
	}
}

// failureLevel returns the level that an option sets for an error, or else the given one. An
// option for all failures is not one for a message that is rejected.
func (l *logged) failureLevel(err error, level zapcore.Level) zapcore.Level {
	for _, f := range slices.Backward(l.failures) {
		if f.isFor(err) && (len(f.errs) > 0 || level == zapcore.ErrorLevel) {
			return f.level
		}
	}
	return level
}
