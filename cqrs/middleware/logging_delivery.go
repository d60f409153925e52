package middleware

import (
	"context"
	"fmt"
	"reflect"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/outcome"
	"github.com/digcqrs/digcqrs/internal/zaplog"
)

// writeLater has the line of a durable delivery written when the relay has recorded the outcome,
// or not at all if its level is disabled. It returns false for other messages.
func (l *logged) writeLater(ctx context.Context, in *cqrs.Invocation, e ended) bool {
	if _, is := in.DeliveryID(); !is {
		return false
	}
	if !e.isProblem() && !l.core.Enabled(l.deliveredLevel()) {
		return true // the logger of bootstrap may write it
	}
	message := messageType(in)
	return in.Delivered(func(d cqrs.DeliveryOutcome) { l.writeDelivery(ctx, message, e, d) })
}

func (l *logged) deliveredLevel() zapcore.Level {
	if l.options.chosen[l.binding.Kind()] {
		return l.level
	}
	return zapcore.DebugLevel
}

// writeDelivery writes the line of an attempt of a durable delivery. e is how the attempt ended
// within this middleware, and d how it ended for the relay.
func (l *logged) writeDelivery(ctx context.Context, message reflect.Type, e ended, d cqrs.DeliveryOutcome) {
	level, text := zaplog.Delivery(d)
	how := outcome.OK
	switch {
	case d.Err == nil:
		level = l.deliveredLevel()
	case e.isProblem():
		how = e.outcome
		level = min(level, l.failureLevel(d.Err, zapcore.ErrorLevel))
	default:
		how = outcome.Of(l.binding, nil, d.Err)
		level = min(level, l.failureLevel(d.Err, zapcore.ErrorLevel))
	}
	entry := l.log.Check(level, text)
	if entry == nil {
		return
	}
	fields := zaplog.DeliveryFields(d)
	if isOpen(l.binding) {
		fields = append(fields, zaplog.Type("message", message), zaplog.Type("handler", l.binding.Handler()))
	}
	fields = append(fields, zap.String("outcome", string(how)))
	if d.Err != nil {
		fields = l.appendError(fields, d.Err)
	}
	if p, ok := cqrs.Cause(d.Err).(*cqrs.PanicError); ok {
		fields = append(fields, zap.String("panic_type", fmt.Sprintf("%T", p.Value)))
	}
	entry.Write(l.appendContext(fields, ctx)...)
}

// contextOf returns the context whose values ContextFields reads.
func contextOf(ctx context.Context, in *cqrs.Invocation) context.Context {
	if _, is := in.DeliveryID(); is {
		return originally{ctx, in.Origin()}
	}
	return ctx
}

// originally is the context of a delivery with the values that were stored with its event.
type originally struct {
	context.Context
	origin context.Context
}

func (o originally) Value(key any) any {
	if value := o.Context.Value(key); value != nil {
		return value
	}
	return o.origin.Value(key)
}
