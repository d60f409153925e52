package cqrstest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/goleak"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeT is a test whose end the real test decides.
type fakeT struct {
	mu       sync.Mutex
	errs     []string
	logs     []string
	cleanups []func()
}

func (t *fakeT) Helper()          {}
func (t *fakeT) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *fakeT) Logf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.logs = append(t.logs, fmt.Sprintf(format, args...))
}

func (t *fakeT) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs = append(t.errs, fmt.Sprintf(format, args...))
}

func (t *fakeT) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

// run runs a test to its end, and returns its errors.
func (t *fakeT) run(test func()) []string {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			for len(t.cleanups) > 0 {
				last := t.cleanups[len(t.cleanups)-1]
				t.cleanups = t.cleanups[:len(t.cleanups)-1]
				last()
			}
		}()
		test()
	}()
	<-ended
	return t.errs
}

type (
	Join struct {
		cqrs.Command
		User string
	}
	Welcome struct {
		cqrs.Command
		User string
	}
	Joined struct {
		cqrs.DomainEvent
		User string
	}
	Greeted struct{ cqrs.DomainEvent }
	Left    struct{ cqrs.DomainEvent }
)

// db counts commits and rollbacks.
type db struct{ commits, rollbacks int }

type tx struct{ *db }

func (t *tx) Commit() error   { t.commits++; return nil }
func (t *tx) Rollback() error { t.rollbacks++; return nil }

func newDB() *db { return new(db) }

func beginTx(d *db) (*tx, container.Finalizer) {
	t := &tx{d}
	return t, container.Transaction(t)
}

type joinHandler struct {
	cqrs.EventRecorder
	do func(context.Context, *joinHandler, Join) error
	*tx
	cqrs.Sender
}

func (h *joinHandler) Handle(ctx context.Context, c Join) error { return h.do(ctx, h, c) }

type welcomeHandler struct{ cqrs.EventRecorder }

func newWelcomeHandler() *welcomeHandler { return &welcomeHandler{} }

func (h *welcomeHandler) Handle(context.Context, Welcome) error {
	h.Record(Greeted{})
	return nil
}

type projection struct{}

func newProjection(*tx) *projection { return &projection{} }

func (*projection) Handle(_ context.Context, e Joined) error {
	if e.User == "nobody" {
		return errors.New("nobody cannot join")
	}
	return nil
}

type mail struct{}

func newMail() *mail { return &mail{} }

func (*mail) Handle(context.Context, Joined) error { return nil }

// app returns the container of an application whose command does what do does.
func app(t *testing.T, do func(context.Context, *joinHandler, Join) error) *container.Container {
	c := container.New()
	require.NoError(t, c.ProvideAll(newDB, newWelcomeHandler, newProjection, newMail,
		func(in struct {
			dig.In
			Tx     *tx
			Sender cqrs.Sender
		}) *joinHandler {
			return &joinHandler{do: do, tx: in.Tx, Sender: in.Sender}
		}))
	require.NoError(t, c.Provide(beginTx, container.Scoped()))
	return c
}

func commands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*joinHandler](m)
	cqrs.BindCommand[*welcomeHandler](m)
}

func events(m *cqrs.EventMap) {
	cqrs.BindEvent[*projection](m)
	cqrs.BindEvent[*mail](m, cqrs.AfterScope())
}

// record joins and welcomes a user.
func record(_ context.Context, h *joinHandler, c Join) error {
	h.Record(Joined{User: c.User})
	return nil
}

// test runs a test of an application whose command does what do does, and returns its errors.
func test(
	t *testing.T, do func(context.Context, *joinHandler, Join) error,
	f func(*cqrs.Mediator, *cqrstest.Recorder), opts ...bootstrap.Option,
) []string {
	fake := new(fakeT)
	return fake.run(func() {
		m, rec := cqrstest.New(fake, app(t, do), commands, events, opts...)
		f(m, rec)
	})
}

// firstLines returns the first line of each text.
func firstLines(texts []string) (lines []string) {
	for _, text := range texts {
		line, _, _ := strings.Cut(text, "\n")
		lines = append(lines, line)
	}
	return lines
}
