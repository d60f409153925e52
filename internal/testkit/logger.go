package testkit

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Logger returns a logger that records what is logged at the given level and above, and
// the record.
func Logger(level zapcore.LevelEnabler) (*zap.Logger, *observer.ObservedLogs) {
	core, logs := observer.New(level)
	return zap.New(core), logs
}

// PanickingLoggers returns loggers that panic, each in another place, which is its key.
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

// A panickingCore panics in one of its methods.
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
