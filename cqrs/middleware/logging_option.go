package middleware

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// LoggingOption configures [Logging].
type LoggingOption interface {
	fmt.Stringer
	apply(*logging) error
}

type loggingOption struct {
	name string
	set  func(*logging) error
}

func (o loggingOption) String() string         { return o.name }
func (o loggingOption) apply(l *logging) error { return o.set(l) }

// Level sets the level of messages of one kind that do not fail. The default is Info for
// commands and events, which change something, and Debug for queries, streams and durable
// deliveries.
// bootstrap.New returns a [*ConfigError] for a level above Error, which would end the
// program, and for an invalid kind.
func Level(kind cqrs.Kind, level zapcore.Level) LoggingOption {
	return loggingOption{fmt.Sprintf("Level(%v, %v)", kind, level), func(l *logging) error {
		if kind < cqrs.KindCommand || kind > cqrs.KindEvent {
			return fmt.Errorf("invalid kind %d; use a constant such as cqrs.KindCommand", int(kind))
		}
		l.levels[kind], l.chosen[kind] = level, true
		return checkLevel(level)
	}}
}

// FailureLevel sets the level of messages of any kind that fail. If errs are given, it
// applies to messages that fail or are rejected with an error that matches one of them by
// errors.Is. Later options take precedence over earlier ones. The default is Error, and Info
// for messages that are rejected:
//
//	middleware.FailureLevel(zapcore.WarnLevel, middleware.ErrDenied)
//
// bootstrap.New returns a [*ConfigError] for a level above Error and for a nil error.
func FailureLevel(level zapcore.Level, errs ...error) LoggingOption {
	return loggingOption{fmt.Sprintf("FailureLevel(%v)", level), func(l *logging) error {
		if i := slices.Index(errs, nil); i >= 0 {
			return fmt.Errorf("error %d is nil; remove it", i+1)
		}
		if len(errs) == 0 {
			l.failures = nil // overridden by this option
		}
		l.failures = append(l.failures, failureLevel{level, errs})
		return checkLevel(level)
	}}
}

// ContextFields adds fields from the context of a message to its line, such as the id of the
// request or the user. The context of a durable delivery has the values, too, that a
// [cqrs.Propagator] has stored with the event. fields is called only for lines that are written. It must be safe for
// concurrent use. If it panics, the line has none of its fields. Several options add up.
func ContextFields(fields func(ctx context.Context) []zap.Field) LoggingOption {
	return loggingOption{"ContextFields", func(l *logging) error {
		if fields == nil {
			return errors.New("the function is nil; remove the option")
		}
		l.context = append(l.context, fields)
		return nil
	}}
}

// ErrorText adds the field error, with the text of the error, to the lines of messages that
// fail or are rejected. The text may quote the contents of messages, so by default it is not
// logged. It is cut if it is longer than 4096 bytes.
func ErrorText() LoggingOption {
	return loggingOption{"ErrorText", func(l *logging) error {
		l.errText = true
		return nil
	}}
}

func checkLevel(level zapcore.Level) error {
	if level > zapcore.ErrorLevel {
		return fmt.Errorf("the level %v may end the program; use zapcore.ErrorLevel or lower", level)
	}
	return nil
}

// failureLevel is the level of some errors, or of all.
type failureLevel struct {
	level zapcore.Level
	errs  []error
}

func (f failureLevel) isFor(err error) bool {
	return len(f.errs) == 0 || slices.ContainsFunc(f.errs, func(target error) bool { return safe.Is(err, target) })
}
