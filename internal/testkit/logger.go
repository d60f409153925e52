package testkit

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Logger returns a logger that records all entries at or above the given level, and the
// recorded entries.
func Logger(level zapcore.LevelEnabler) (*zap.Logger, *observer.ObservedLogs) {
	core, logs := observer.New(level)
	return zap.New(core), logs
}

// PanickingLoggers returns loggers that panic, keyed by where each one panics.
func PanickingLoggers() map[string]*zap.Logger {
	core, _ := observer.New(zapcore.DebugLevel)
	all := map[string]*zap.Logger{
		"a hook": zap.New(core, zap.Hooks(func(zapcore.Entry) error { panic("the hook") })),
	}
	for _, method := range []string{"Enabled", "Check", "Write"} {
		all[method] = zap.New(panickingCore{core, method})
	}
	return all
}

// panickingCore panics in one of its methods.
type panickingCore struct {
	zapcore.Core
	method string
}

func (c panickingCore) Enabled(level zapcore.Level) bool {
	if c.method == "Enabled" {
		panic("Enabled")
	}
	return c.Core.Enabled(level)
}

func (c panickingCore) With([]zap.Field) zapcore.Core { return c }

func (c panickingCore) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.method == "Check" {
		panic("Check")
	}
	return to.AddCore(e, c)
}

func (c panickingCore) Write(zapcore.Entry, []zap.Field) error { panic("Write") }
