package cqrstest

import "go.uber.org/zap/zapcore"

// hintCore is a core of a logger that fails the test at a hint of the container.
type hintCore struct {
	zapcore.Core
	t TB
}

func (c hintCore) With(fields []zapcore.Field) zapcore.Core {
	return hintCore{c.Core.With(fields), c.t}
}

func (c hintCore) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return to.AddCore(e, c)
	}
	return to
}

func (c hintCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	for _, f := range fields {
		if f.Key == "hint" {
			c.t.Errorf("cqrstest: possible mistake: %s", f.String)
			return nil
		}
	}
	return c.Core.Write(e, fields)
}
