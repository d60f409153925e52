package resilience_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// The application of the tests: a shop. The script of a test determines what the
// handlers do.
type (
	Pay    struct{ cqrs.Command }
	Settle struct{ cqrs.Command } // sends Pay
	Read   struct{ cqrs.Query[string] }
	Draw   struct{ cqrs.CommandOf[int] }
	Export struct{ cqrs.StreamOf[int] }
	Paid   struct{ cqrs.DomainEvent }

	PayHandler    struct{ self }
	SettleHandler struct{ self }
	ReadHandler   struct{ self }
	DrawHandler   struct{ self }
	ExportHandler struct{ self }
	Ledger        struct{ self } // of Paid
	Mailer        struct{ self } // of Paid, after the scope
)

var (
	errBusy     = errors.New("the bank is busy")
	errOther    = errors.New("the bank is closed")
	errCommit   = errors.New("the commit says no")
	errNoMoney  = errors.New("not enough money")
	errFinalize = errors.New("the finalizer says no")
)

// self is what each handler has.
type self struct {
	cqrs.EventRecorder
	sender cqrs.Sender
	app    *app
	name   string
	yield  func(int) bool // of a stream
}

// tx is committed or rolled back.
type tx struct{}

func (h *self) do(ctx context.Context) error {
	h.app.Note("%s", h.name)
	if f := h.app.script[h.name]; f != nil {
		return f(ctx, h)
	}
	return nil
}

func (h *PayHandler) Handle(ctx context.Context, _ Pay) error       { return h.do(ctx) }
func (h *SettleHandler) Handle(ctx context.Context, _ Settle) error { return h.do(ctx) }
func (h *Ledger) Handle(ctx context.Context, _ Paid) error          { return h.do(ctx) }
func (h *Mailer) Handle(ctx context.Context, _ Paid) error          { return h.do(ctx) }

func (h *ReadHandler) Handle(ctx context.Context, _ Read) (string, error) {
	return "answer", h.do(ctx)
}

func (h *DrawHandler) Handle(ctx context.Context, _ Draw) (int, error) {
	return 7, h.do(ctx)
}

func (h *ExportHandler) Handle(ctx context.Context, _ Export) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		stopped := false
		h.yield = func(n int) bool {
			stopped = stopped || !yield(n, nil)
			return !stopped
		}
		if err := h.do(ctx); err != nil && !stopped {
			yield(0, err)
		}
	}
}

// script maps the names of handlers to what they do. A handler that is not in it does
// nothing.
type script map[string]func(ctx context.Context, h *self) error

// app is an application and a diary of what it does.
type app struct {
	testkit.Diary
	script  script
	commit  func(outcome error) error // nil to succeed
	options map[string][]cqrs.BindOption
}

func newApp(s script) *app { return &app{script: s, options: make(map[string][]cqrs.BindOption)} }

// around wraps the handler of that name in middleware.
func (a *app) around(name string, mw ...cqrs.Middleware) *app {
	a.options[name] = append(a.options[name], cqrs.WithMiddleware(mw...))
	return a
}

func (a *app) tryStart(opts ...bootstrap.Option) (*cqrs.Mediator, error) {
	c := container.New()
	part := func(name string, s cqrs.Sender) self {
		a.Note("build %s", name)
		return self{sender: s, app: a, name: name}
	}
	errs := []error{
		c.Provide(func() (*tx, container.Finalizer) {
			return new(tx), func(_ context.Context, outcome error) error {
				if outcome != nil {
					a.Note("rollback")
				} else {
					a.Note("commit")
				}
				if a.commit != nil {
					return a.commit(outcome)
				}
				return nil
			}
		}, container.Scoped()),
		c.ProvideAll(
			func(s cqrs.Sender, _ *tx) *PayHandler { return &PayHandler{part("pay", s)} },
			func(s cqrs.Sender, _ *tx) *SettleHandler { return &SettleHandler{part("settle", s)} },
			func(s cqrs.Sender) *ReadHandler { return &ReadHandler{part("read", s)} },
			func(s cqrs.Sender) *DrawHandler { return &DrawHandler{part("draw", s)} },
			func(s cqrs.Sender, _ *tx) *ExportHandler { return &ExportHandler{part("export", s)} },
			func(s cqrs.Sender, _ *tx) *Ledger { return &Ledger{part("ledger", s)} },
			func(s cqrs.Sender, _ *tx) *Mailer { return &Mailer{part("mail", s)} },
		),
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PayHandler](m, a.options["pay"]...)
		cqrs.BindCommand[*SettleHandler](m, a.options["settle"]...)
		cqrs.BindRequest[*ReadHandler](m, a.options["read"]...)
		cqrs.BindRequest[*DrawHandler](m, a.options["draw"]...)
		cqrs.BindStream[*ExportHandler](m, a.options["export"]...)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Ledger](m, eventOptions(a.options["ledger"])...)
		cqrs.BindEvent[*Mailer](m, append(eventOptions(a.options["mail"]), cqrs.AfterScope())...)
	}, opts...)
}

func eventOptions(opts []cqrs.BindOption) []cqrs.EventOption {
	var all []cqrs.EventOption
	for _, o := range opts {
		all = append(all, o)
	}
	return all
}

func (a *app) start(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
	t.Helper()
	m, err := a.tryStart(opts...)
	require.NoError(t, err)
	return m
}

// failing fails with one error after another, and then succeeds.
func failing(errs ...error) func(context.Context, *self) error {
	var mu sync.Mutex
	return func(context.Context, *self) error {
		mu.Lock()
		defer mu.Unlock()
		if len(errs) == 0 {
			return nil
		}
		err := errs[0]
		errs = errs[1:]
		return err
	}
}

// always fails with the error, or succeeds if it is nil.
func always(err error) func(context.Context, *self) error {
	return func(context.Context, *self) error { return err }
}

// recording records an event.
func recording(_ context.Context, h *self) error {
	h.Record(Paid{})
	return nil
}

// handled removes all notes but those of the handlers that ran.
func handled(notes []string) []string {
	return slices.DeleteFunc(notes, func(n string) bool { return len(n) > 6 && n[:6] == "build " })
}
