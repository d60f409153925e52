package middleware

import (
	"context"
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/zaplog"
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
//	attempt     after a retry, the number of the attempt that the outcome is from
//	event       of a request that failed because an event handler did: the type of the event,
//	            and in event_error_type the type of the handler's error
//
// [ContextFields] and [ErrorText] add others. A line has neither the caller nor the stack that
// zap may add, which would be those of this package.
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
//	side_effect_failed  the request is done, and only after-scope handlers failed; the text is
//	                    "command handled, after-scope delivery failed"
//
// Unless an option asks for more, only types are logged, never the contents of a message or
// the text of an error. Messages with the outcome ok or stopped are logged at the level of
// their kind, rejected ones at Info, and all others at the level of failures; see [Level] and
// [FailureLevel]. A nested message that fails or is rejected is logged at Debug, because its
// sender may handle the error; the line of the outermost message says how the request ended.
//
// A failed attempt that a middleware such as resilience.Retry repeats has a line of its own, at
// Warn, as "command failed, retrying". The line of the last attempt says how the message ended.
// Outside of the retry, where Logging belongs, the duration of that line is that of all attempts,
// and the lines of the others have none.
//
// A durable delivery has a line for each attempt that the relay counts, after the relay has
// recorded it: "delivered" at Debug, or at the level of its kind if [Level] sets that; "delivery
// failed" at Warn, if another attempt follows; "delivery lost its lease" at Warn, if another relay
// makes the delivery; and "delivery is a dead letter" at the level of failures, even if the
// error is expected, since nobody receives it. The logger of bootstrap.WithLogger writes these lines
// for deliveries that Logging does not wrap. Other fields than above are:
//
//	subscription  the name of the subscription
//	stored_as     the name under which the event or command is stored
//	delivery_id   the same for all attempts
//	attempt       the number of the attempt, always
//	duration      as the relay has measured it; for each event of a batch, that of the batch
//	retry_in      how long the relay waits before the next attempt
//
// If no level is enabled, the only cost is to ask the logger; if only failures are enabled, the
// clock is read as well. Neither allocates. With zap.NewNop(), the handlers are not wrapped at
// all.
//
// Logging wraps the whole request, as if in cqrs.AroundScope, so that it knows whether the
// request was committed. It lets panics pass through, and ignores a panic of the logger.
// bootstrap.New returns a [*ConfigError] for a nil logger and for an invalid option.
func Logging(log *zap.Logger, opts ...LoggingOption) cqrs.Middleware {
	m := origin{"Logging", errtext.Caller()}
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
		chosen:   make(map[cqrs.Kind]bool),
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
	return cqrs.PerBinding(l.around)
}

type logging struct {
	log      *zap.Logger
	levels   map[cqrs.Kind]zapcore.Level
	chosen   map[cqrs.Kind]bool // the kinds whose level is set by an option
	failures []failureLevel     // the last one that matches applies
	context  []func(context.Context) []zap.Field
	errText  bool
}

// around returns the middleware that logs the messages of one binding.
func (l *logging) around(b *cqrs.Binding) cqrs.Middleware {
	if l.log.Core() == zapcore.NewNopCore() {
		return nil
	}
	log := zaplog.WithoutOrigin(l.log).With(zap.String("kind", b.Kind().String()))
	if !isOpen(b) {
		log = log.With(zaplog.Type("message", b.Message()), zaplog.Type("handler", b.Handler()))
	}
	var levels []zapcore.Level
	for _, f := range l.failures {
		levels = append(levels, f.level)
	}
	one := &logged{
		options:  l,
		binding:  b,
		log:      log,
		core:     log.Core(),
		handled:  b.Kind().String() + " handled",
		rejected: b.Kind().String() + " rejected",
		failed:   b.Kind().String() + " failed",
		level:    l.levels[b.Kind()],
		levels:   slices.Compact(append(levels, zapcore.InfoLevel, l.levels[b.Kind()])),
	}
	return cqrs.OnRetry(one.retry, cqrs.MiddlewareFunc(one.around))
}
