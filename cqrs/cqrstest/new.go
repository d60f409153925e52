package cqrstest

import (
	"context"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/instrument"
)

// New returns a mediator, made as by [bootstrap.New], and a recorder of what it does. It ends the test if
// the mediator cannot be made. To replace constructors, call Replace of the container before.
//
// The mediator logs to the test, from Info on, unless opts have a logger. When the test ends, New closes
// the container, and the test fails if that fails, and for each of these:
//
//   - an event that nobody handles, unless [AllowUnhandled] allows it;
//   - a goroutine that a handler or a constructor of a request has started, and that is still running;
//   - a hint of the container at a possible mistake, such as a transaction without a finalizer.
//
// Do not use the mediator for benchmarks, since recording is slow.
func New(
	t TB, c *container.Container, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap),
	opts ...bootstrap.Option,
) (*cqrs.Mediator, *Recorder) {
	t.Helper()
	r := newRecorder(t)
	own := []bootstrap.Option{
		bootstrap.WithLogger(logger(t)),
		bootstrap.WithObserver(cqrs.Instrument(cqrs.Observer{Reported: r.add},
			instrument.Hooks{Now: r.now, Run: r.leaks.run})),
	}
	m, err := bootstrap.New(c, requests, events, append(own, opts...)...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil, r
	}
	r.mediator = m
	t.Cleanup(func() {
		r.check()
		if err := c.Close(context.Background()); err != nil {
			t.Errorf("cqrstest: closing the container: %v", err)
		}
	})
	return m, r
}

// logger returns a logger that writes to the test. A hint of the container fails the test.
func logger(t TB) *zap.Logger {
	encoder := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{
		LevelKey: "level", MessageKey: "message", EncodeLevel: zapcore.LowercaseLevelEncoder,
	})
	return zap.New(hintCore{zapcore.NewCore(encoder, writer{t}, zapcore.InfoLevel), t})
}

// writer writes to the log of a test.
type writer struct{ t TB }

func (w writer) Write(line []byte) (int, error) {
	w.t.Logf("%s", line)
	return len(line), nil
}

func (w writer) Sync() error { return nil }
