package bootstrap_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// The types of the mistakes, one for each.
type (
	cmdLost     struct{ cqrs.Command }
	cmdDeep     struct{ cqrs.Command }
	cmdCaptive  struct{ cqrs.Command }
	cmdSender   struct{ cqrs.Command }
	cmdContext  struct{ cqrs.Command }
	cmdPurse    struct{ cqrs.Command }
	cmdSource   struct{ cqrs.Command }
	cmdBroken   struct{ cqrs.Command }
	cmdTwice    struct{ cqrs.Command }
	ledger      struct{}
	account     struct{}
	accounts    struct{}
	chicken     struct{}
	egg         struct{}
	cache       struct{}
	postman     struct{}
	watch       struct{}
	purse       struct{}
	mailbox     struct{}
	lostHandler struct{}
	pointed     struct{}
)

func (*lostHandler) Handle(context.Context, cmdLost) error { return nil }
func (*pointed) Handle(context.Context, *joined) error     { return nil }

func (*purse) Commit() error   { panic("nobody commits it") }
func (*purse) Rollback() error { return nil }

// mistake is something that New rejects.
type mistake struct {
	name   string
	reason error
	texts  []string // that the text of the problem contains
	make   func(a *app)
}

func mistakes() []mistake {
	type first = quietHandler[cmdTwice, nothing]
	type second = quietHandler[cmdTwice, *first]
	var twice mistake
	twice = mistake{"a duplicate binding", cqrs.ErrDuplicate, make([]string, 2), func(a *app) {
		a.provide(func() *first { return &first{} })
		a.provide(func() *second { return &second{} })
		a.bind(func(m *cqrs.RequestMap) {
			twice.texts[0] = nextLine()
			cqrs.BindCommand[*first](m)
			twice.texts[1] = nextLine()
			cqrs.BindCommand[*second](m)
		})
	}}
	return []mistake{
		{"a handler that nothing provides", container.ErrMissing,
			[]string{"*bootstrap_test.lostHandler", "did you mean bootstrap_test.lostHandler?", "new_test.go:"}, func(a *app) {
				a.provide(func() lostHandler { return lostHandler{} })
				a.bind(func(m *cqrs.RequestMap) { cqrs.BindCommand[*lostHandler](m) })
			}},
		{"a dependency that is missing far below", container.ErrMissing,
			[]string{"*bootstrap_test.ledger", "bound to bootstrap_test.cmdDeep", "new_test.go:"}, func(a *app) {
				a.provide(func(*ledger) *account { return nil }, container.Scoped())
				a.provide(func(*account) *accounts { return nil }, container.Scoped())
				needs[cmdDeep, *accounts](a)
			}},
		{"a cycle", container.ErrCycle, []string{"new_test.go:"}, func(a *app) {
			a.provide(func(*egg) *chicken { return nil }, container.Scoped())
			a.provide(func(*chicken) *egg { return nil }, container.Scoped())
		}},
		{"a captive dependency", container.ErrCaptive, []string{"*bootstrap_test.session",
			"bound to bootstrap_test.cmdCaptive", "new_test.go:"}, func(a *app) {
			a.provide(func() *session { return nil }, container.Scoped())
			a.provide(func(*session) *cache { return nil })
			needs[cmdCaptive, *cache](a)
		}},
		{"a singleton that asks for the Sender", container.ErrCaptive, []string{"cqrs.Sender", "new_test.go:"}, func(a *app) {
			a.provide(func(cqrs.Sender) *postman { return nil })
			needs[cmdSender, *postman](a)
		}},
		{"a singleton that asks for the context", container.ErrCaptive, []string{"context.Context", "new_test.go:"},
			func(a *app) {
				a.provide(func(context.Context) *watch { return nil })
				needs[cmdContext, *watch](a)
			}},
		{"a transaction that is a singleton", container.ErrCaptive,
			[]string{"container.Scoped()", "bound to bootstrap_test.cmdPurse", "new_test.go:"}, func(a *app) {
				a.provide(func() (*purse, container.Finalizer) { return &purse{}, container.Transaction(&purse{}) })
				needs[cmdPurse, *purse](a)
			}},
		twice,
		{"an event that is a pointer", cqrs.ErrPointer, []string{"*bootstrap_test.pointed", "new_test.go:"}, func(a *app) {
			a.provide(func() *pointed { return &pointed{} })
			a.subscribe(func(m *cqrs.EventMap) { cqrs.BindEvent[*pointed](m) })
		}},
		{"a singleton handler that records events", bootstrap.ErrSharedSource,
			[]string{"bound to bootstrap_test.cmdSource", "new_test.go:"}, func(a *app) {
				type recorder = handler[cmdSource, nothing]
				a.provide(func() *recorder { return &recorder{} }, container.Singleton())
				a.bind(func(m *cqrs.RequestMap) { cqrs.BindCommand[*recorder](m) })
			}},
		{"a singleton that cannot be built", container.ErrBuild,
			[]string{"*bootstrap_test.mailbox", "new_test.go:", errDown.Error()}, func(a *app) {
				a.provide(func() (*mailbox, error) { return nil, errDown })
				needs[cmdBroken, *mailbox](a)
			}},
		{"an error of Provide", container.ErrRefused, []string{"Provide at ", "new_test.go:", "is a value of type string"},
			func(a *app) {
				_ = a.container.Provide("no constructor")
			}},
	}
}

func TestNew_problems(t *testing.T) {
	t.Parallel()

	for _, mistake := range mistakes() {
		t.Run(mistake.name+" is a problem", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			mistake.make(a)
			m, err := a.new()
			problems := problemsOf(t, m, err)
			require.Len(t, problems, 1, "%v", err)
			require.ErrorIs(t, err, mistake.reason)
			assert.Equal(t, "bootstrap: "+problems[0].Error(), err.Error(), "one problem needs no list")
			for _, text := range mistake.texts {
				assert.Contains(t, err.Error(), text)
			}
		})
	}

	t.Run("are all in one error", func(t *testing.T) {
		t.Parallel()
		a, all := newApp(t), mistakes()
		for _, mistake := range all {
			mistake.make(a)
		}
		m, err := a.new()
		problems := problemsOf(t, m, err)
		for _, mistake := range all {
			found := 0
			for _, p := range problems {
				if errors.Is(p, mistake.reason) && containsAll(p.Error(), mistake.texts) {
					found++
				}
			}
			assert.Equal(t, 1, found, mistake.name)
		}
		require.ErrorIs(t, err, errDown, "what a constructor returned is in the chain")
		assert.Len(t, problems, len(all), "%v", err)
	})

	t.Run("are a numbered list", func(t *testing.T) {
		t.Parallel()
		err := error(&bootstrap.Error{Problems: []error{errDown, errOther}})
		assert.EqualError(t, err, "bootstrap: 2 problems:\n  1. connection refused\n  2. another says no")
	})

	t.Run("can be taken apart", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		for _, mistake := range mistakes() {
			mistake.make(a)
		}
		_, err := a.new()
		bind, ok := errors.AsType[*cqrs.BindError](err)
		require.True(t, ok)
		assert.NotNil(t, bind.Binding)
		fault, ok := errors.AsType[*container.Error](err)
		require.True(t, ok)
		assert.NotNil(t, fault.Reason)
	})

	t.Run("build no handler and no scoped value", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *session { panic("built") }, container.Scoped())
		a.provide(func(*session) *handler[join, *session] { panic("built") })
		a.bind(func(m *cqrs.RequestMap) { cqrs.BindCommand[*handler[join, *session]](m) })
		a.start()
		_ = a.container.Provide(nil)
		m, err := a.new()
		assert.Len(t, problemsOf(t, m, err), 1, "%v", err)
	})
}

func containsAll(s string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}

func TestNew_input(t *testing.T) {
	t.Parallel()
	none := func(*cqrs.RequestMap) {}

	t.Run("nil mappers bind nothing", func(t *testing.T) {
		t.Parallel()
		m, err := bootstrap.New(container.New(), nil, nil, bootstrap.WithQueries(nil))
		require.NoError(t, err)
		require.ErrorAs(t, m.Send(t.Context(), join{}), new(*cqrs.NoHandlerError))
		require.NoError(t, m.Publish(t.Context(), joined{}))
	})

	t.Run("a nil container is a problem", func(t *testing.T) {
		t.Parallel()
		started := false
		m, err := bootstrap.New(nil, none, nil, bootstrap.WithOnStartup(func() error { started = true; return nil }))
		assert.Len(t, problemsOf(t, m, err), 1)
		require.ErrorIs(t, err, bootstrap.ErrNilContainer)
		assert.False(t, started)
	})

	t.Run("a container around a nil one is a problem", func(t *testing.T) {
		t.Parallel()
		m, err := bootstrap.New(container.Wrap(nil), none, nil)
		assert.Len(t, problemsOf(t, m, err), 1)
		require.ErrorIs(t, err, container.ErrRefused)
		require.ErrorContains(t, err, "container is nil")
	})

	t.Run("a container around a nil one is a problem in addition to those of bindings", func(t *testing.T) {
		t.Parallel()
		m, err := bootstrap.New(container.Wrap(nil), none, func(m *cqrs.EventMap) { cqrs.BindEvent[*pointed](m) })
		assert.Len(t, problemsOf(t, m, err), 2)
		require.ErrorIs(t, err, container.ErrRefused)
		require.ErrorIs(t, err, cqrs.ErrPointer)
	})

	t.Run("mappers that panic are a problem each", func(t *testing.T) {
		t.Parallel()
		panics := func(*cqrs.RequestMap) { panic(errDown) }
		m, err := bootstrap.New(container.New(), panics, func(*cqrs.EventMap) { panic("events") },
			bootstrap.WithQueries(panics))
		problems := problemsOf(t, m, err)
		require.Len(t, problems, 3)
		for _, p := range problems {
			require.ErrorIs(t, p, bootstrap.ErrMapper)
			panicked, ok := errors.AsType[*cqrs.PanicError](p)
			require.True(t, ok)
			assert.Contains(t, string(panicked.Stack), "new_test.go", "the stack is that of the panic")
		}
		require.ErrorIs(t, err, errDown)
	})

	t.Run("a mapper that panics does not hide what it bound before", func(t *testing.T) {
		t.Parallel()
		m, err := bootstrap.New(container.New(), func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*lostHandler](m)
			panic(errDown)
		}, nil)
		assert.Len(t, problemsOf(t, m, err), 2)
		require.ErrorIs(t, err, bootstrap.ErrMapper)
		require.ErrorIs(t, err, container.ErrMissing)
	})

	t.Run("a constructor of a singleton that panics is a problem", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *mailbox { panic(errDown) })
		needs[cmdBroken, *mailbox](a)
		m, err := a.new()
		assert.Len(t, problemsOf(t, m, err), 1)
		require.ErrorIs(t, err, container.ErrBuild)
		require.ErrorIs(t, err, errDown)
	})
}
