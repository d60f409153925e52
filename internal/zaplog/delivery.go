package zaplog

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/outcome"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Delivery returns the level and the text of the line for an attempt of a durable delivery.
func Delivery(o cqrs.DeliveryOutcome) (zapcore.Level, string) {
	switch {
	case o.Err == nil:
		return zapcore.DebugLevel, "delivered"
	case o.Dead:
		return zapcore.ErrorLevel, "delivery is a dead letter"
	case safe.Is(o.Err, cqrs.ErrLeaseLost):
		return zapcore.WarnLevel, "delivery lost its lease"
	default:
		return zapcore.WarnLevel, "delivery failed"
	}
}

// DeliveryFields returns the fields of that line, without those of the message.
func DeliveryFields(o cqrs.DeliveryOutcome) []zap.Field {
	fields := append(make([]zap.Field, 0, 14),
		zap.String("subscription", o.Subscription),
		zap.String("stored_as", o.Name),
		zap.String("delivery_id", o.ID),
		zap.Int("attempt", o.Attempt),
		zap.Duration("duration", o.Took),
	)
	if o.Err == nil {
		return fields
	}
	if o.Retry > 0 {
		fields = append(fields, zap.Duration("retry_in", o.Retry))
	}
	return append(fields, zap.String("error_type", outcome.TypeOf(o.Err)))
}
