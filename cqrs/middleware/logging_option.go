package middleware

import (
	"fmt"
	"slices"

	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// LoggingOption sets the level at which [Logging] logs.
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
// commands and events, which change something, and Debug for queries and streams.
// bootstrap.New returns a [*ConfigError] for a level above Error, which would end the
// program, and for an invalid kind.
func Level(kind cqrs.Kind, level zapcore.Level) LoggingOption {
	return loggingOption{fmt.Sprintf("Level(%v, %v)", kind, level), func(l *logging) error {
		if kind < cqrs.KindCommand || kind > cqrs.KindEvent {
			return fmt.Errorf("invalid kind %d; use a constant such as cqrs.KindCommand", int(kind))
		}
		l.levels[kind] = level
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
