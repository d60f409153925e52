package bootstrap

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A logger writes what a mediator does to zap. It names types and never prints
// a message, the text of an error or the value of a panic, which may have
// contents of a message in them.
type logger struct {
	log *zap.Logger
}

var _ cqrs.Observer = (*logger)(nil)

func (l *logger) Enabled() bool { return l.log.Core().Enabled(zapcore.DebugLevel) }

func (l *logger) Handled(_ context.Context, b *cqrs.Binding, took time.Duration, err error) {
	fields := []zap.Field{
		zap.Stringer(b.Kind().String(), b.Message()),
		zap.Stringer("handler", b.Handler()),
		zap.Duration("duration", took),
		zap.String("outcome", outcome(err)),
	}
	if err != nil {
		fields = append(fields, zap.String("error_type", fmt.Sprintf("%T", err)))
	}
	l.log.Debug("request handled", fields...)
}

func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	return "error"
}

func (l *logger) Unhandled(_ context.Context, event reflect.Type) {
	l.log.Warn("event without a handler", zap.Stringer("event", event))
}

func (l *logger) Panicked(_ context.Context, err *cqrs.PanicError) {
	fields := []zap.Field{zap.String("panic_type", fmt.Sprintf("%T", err.Value))}
	if _, ok := err.Value.(runtime.Error); ok { // says nothing but types and indexes
		fields = append(fields, zap.String("panic", err.Error()))
	}
	if err.Handler != nil {
		fields = append(fields, zap.Stringer("message", err.Message), zap.Stringer("handler", err.Handler))
	}
	l.log.Error("panic", append(fields, zap.ByteString("stack", err.Stack))...)
}

func (l *logger) Lost(_ context.Context, b *cqrs.Binding, err error) {
	l.log.Error("error after the consumer stopped the stream",
		zap.Stringer("stream", b.Message()),
		zap.Stringer("handler", b.Handler()),
		zap.String("error_type", fmt.Sprintf("%T", err)))
}
