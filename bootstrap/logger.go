package bootstrap

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/outcome"
	"github.com/digcqrs/digcqrs/internal/zaplog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logger logs what a mediator does to zap. It logs types only, never a message, the text
// of an error, the value of a panic or the arguments in a stack trace, since all of these
// may contain data of a message.
type logger struct {
	log   *zap.Logger
	judge *cqrs.Mediator // nil until there is one
}

// newLogger returns a logger, and whether it ever writes.
func newLogger(log *zap.Logger) (l *logger, writes bool) {
	return &logger{log: log}, log.Core() != zapcore.NewNopCore()
}

// observer returns an observer that logs.
func (l *logger) observer() cqrs.Observer {
	return cqrs.Observer{
		Enabled: l.enabled, Handled: l.handled, FellBack: l.fellBack,
		Unhandled: l.unhandled, Panicked: l.panicked, Lost: l.lost,
		Delivered: l.delivered, RelayFailed: l.relayFailed, Closed: l.closed,
	}
}

func (l *logger) enabled() bool { return l.log.Core().Enabled(zapcore.DebugLevel) }

func (l *logger) handled(_ context.Context, b *cqrs.Binding, took time.Duration, err error) {
	entry := l.log.Check(zapcore.DebugLevel, "request handled")
	if entry == nil {
		return
	}
	fields := []zap.Field{
		zaplog.Type(b.Kind().String(), b.Message()),
		zaplog.Type("handler", b.Handler()),
		zap.Duration("duration", took),
	}
	o := outcome.Of(b, l.judge, err)
	fields = append(fields, zap.String("outcome", string(o)))
	if o != outcome.OK && o != outcome.Stopped {
		fields = append(fields, errorType(err))
	}
	entry.Write(fields...)
}

func (l *logger) fellBack(_ context.Context, b *cqrs.Binding, from reflect.Type, err error) {
	if entry := l.log.Check(zapcore.WarnLevel, "handler failed, falling back"); entry != nil {
		entry.Write(zaplog.Type(b.Kind().String(), b.Message()), zaplog.Type("handler", from), errorType(err))
	}
}

// afterScopeErrors logs errors that no request returns and no middleware has logged.
func (l *logger) afterScopeErrors(errs []*cqrs.EventError) {
	for _, err := range errs {
		if entry := l.log.Check(l.failureLevel(err), "after-scope delivery failed"); entry != nil {
			entry.Write(zaplog.Type("event", err.Event), zaplog.Type("handler", err.Handler),
				zap.String("subscription", err.Subscription), errorType(err.Err))
		}
	}
}

func (l *logger) unhandled(_ context.Context, event reflect.Type) {
	if entry := l.log.Check(zapcore.WarnLevel, "event without a handler"); entry != nil {
		entry.Write(zaplog.Type("event", event))
	}
}

// panicked logs a stack trace of its own, because the one in the error contains arguments.
func (l *logger) panicked(_ context.Context, err *cqrs.PanicError) {
	entry := l.log.Check(zapcore.ErrorLevel, "panic")
	if entry == nil {
		return
	}
	fields := []zap.Field{zap.String("panic_type", fmt.Sprintf("%T", err.Value))}
	if err.Handler != nil {
		fields = append(fields, zaplog.Type("message", err.Message), zaplog.Type("handler", err.Handler))
	}
	entry.Write(append(fields, zap.StackSkip("stack", 1))...)
}

func (l *logger) lost(_ context.Context, b *cqrs.Binding, err error) {
	entry := l.log.Check(l.failureLevel(err), "error that nobody received")
	if entry == nil {
		return
	}
	fields := []zap.Field{errorType(err)}
	if b != nil {
		fields = append(fields, zaplog.Type(b.Kind().String(), b.Message()), zaplog.Type("handler", b.Handler()))
	}
	entry.Write(fields...)
}

// delivered logs an attempt of a durable delivery, unless a middleware has.
func (l *logger) delivered(_ context.Context, o cqrs.DeliveryOutcome) {
	if o.Reported {
		return
	}
	level, text := zaplog.Delivery(o)
	entry := l.log.Check(level, text)
	if entry == nil {
		return
	}
	fields := zaplog.DeliveryFields(o)
	if b := o.Binding; b != nil {
		fields = append(fields, zaplog.Type(b.Kind().String(), b.Message()), zaplog.Type("handler", b.Handler()))
	}
	entry.Write(fields...)
}

func (l *logger) relayFailed(_ context.Context, err error) {
	if entry := l.log.Check(zapcore.WarnLevel, "outbox relay failed"); entry != nil {
		entry.Write(errorType(err))
	}
}

// closed logs how many requests the mediator has waited for.
func (l *logger) closed(_ context.Context, finished, abandoned int) {
	level := zapcore.InfoLevel
	if abandoned > 0 {
		level = zapcore.WarnLevel
	}
	if entry := l.log.Check(level, "mediator closed"); entry != nil {
		entry.Write(zap.Int("finished", finished), zap.Int("abandoned", abandoned))
	}
}

// failureLevel returns the level of an error that nobody receives.
func (l *logger) failureLevel(err error) zapcore.Level {
	if l.judge.Expected(err) {
		return zapcore.InfoLevel
	}
	return zapcore.ErrorLevel
}

func errorType(err error) zap.Field { return zap.String("error_type", outcome.TypeOf(err)) }
