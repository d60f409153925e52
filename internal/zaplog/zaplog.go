// Package zaplog adapts the loggers of an application for lines that this module writes.
package zaplog

import (
	"reflect"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Type returns a field with the short name of a type.
func Type(key string, t reflect.Type) zap.Field { return zap.String(key, errtext.ShortName(t)) }

// WithoutOrigin returns a logger without the caller and the stack that zap adds to a line,
// since they would be those of this module and not of the application.
func WithoutOrigin(log *zap.Logger) *zap.Logger {
	never := zap.LevelEnablerFunc(func(zapcore.Level) bool { return false })
	return log.WithOptions(zap.WithCaller(false), zap.AddStacktrace(never))
}
