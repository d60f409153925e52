package cqrs_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Noted is an interface that some messages implement.
type Noted interface{ Noted() }

type (
	NotedJoin struct {
		cqrs.Command
		N int
	}
	NotedJoined struct {
		cqrs.DomainEvent
		N int
	}
	// NotedEvent is an interface of events that includes Noted.
	NotedEvent interface {
		cqrs.Event
		Noted
	}
)

func (NotedJoin) Noted()   {}
func (NotedJoined) Noted() {}

// orderly returns an application with a handler of each kind, all with the same options.
func orderly(t *testing.T, options func(a *app) []cqrs.BindOption) *app {
	a := newApp(t)
	opts := options(a)
	var eventOpts []cqrs.EventOption
	for _, o := range opts {
		eventOpts = append(eventOpts, o)
	}
	bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { a.note("join"); return nil }),
		opts...)
	bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], NotedJoin) error {
		a.note("noted join")
		return nil
	}), opts...)
	bindTarget(a, requestTo[first](a, func(context.Context, *self[nothing], Count) (int, error) {
		a.note("count")
		return 42, nil
	}), opts...)
	bindTarget(a, streamTo[first](a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
		a.note("export")
		return func(yield func(int, error) bool) { yield(1, nil) }
	}), opts...)
	on[first](a, noting[Joined](a, "joined"), eventOpts...)
	on[first](a, noting[Left](a, "left"), append(eventOpts, cqrs.AfterScope())...)
	on[first](a, notingType[NotedJoined](a, "noted"), eventOpts...)
	return a
}

func none(*app) []cqrs.BindOption { return nil }

// sendAll sends a message of each kind, and returns the notes of each.
func sendAll(t *testing.T, a *app, opts ...bootstrap.Option) map[string][]string {
	t.Helper()
	m := a.start(opts...)
	all := make(map[string][]string)
	note := func(name string, err error) {
		require.NoError(t, err)
		all[name] = a.notes()
	}
	note("command", m.Send(t.Context(), Join{}))
	_, err := cqrs.Send(t.Context(), m, Count{})
	note("request", err)
	_, err = testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
	note("stream", err)
	note("event", m.Publish(t.Context(), joined(1)...))
	note("after", m.Publish(t.Context(), Left{}))
	note("noted command", m.Send(t.Context(), NotedJoin{}))
	note("noted event", m.Publish(t.Context(), NotedJoined{}))
	return all
}

// handlers holds the notes of each kind of message without middleware.
var handlers = map[string]string{
	"command": "join", "request": "count", "stream": "export", "event": "joined 1", "after": "left 0",
	"noted command": "noted join", "noted event": "noted cqrs_test.NotedJoined",
}

func TestMiddleware_Order(t *testing.T) {
	t.Parallel()

	t.Run("is around the scope, then of all bindings, then of the binding, then the handler", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, func(a *app) []cqrs.BindOption {
			return []cqrs.BindOption{
				cqrs.WithMiddleware(mark(a, "own 1"), cqrs.AroundScope(mark(a, "scope 4")), mark(a, "own 2")),
				cqrs.Attach("something"),
				cqrs.WithMiddleware(mark(a, "own 3"), cqrs.AroundScope(mark(a, "scope 5"))),
			}
		})
		for kind, notes := range sendAll(t, a,
			bootstrap.WithMiddleware(mark(a, "all 1"), cqrs.AroundScope(mark(a, "scope 1"), mark(a, "scope 2")),
				mark(a, "all 2")),
			bootstrap.WithMiddleware(cqrs.AroundScope(mark(a, "scope 3")), mark(a, "all 3")),
		) {
			assert.Equal(t, []string{
				"scope 1", "scope 2", "scope 3", "scope 4", "scope 5", "all 1", "all 2", "all 3",
				"own 1", "own 2", "own 3", handlers[kind],
			}, notes, kind)
		}
	})

	// Wrapped middleware keeps its position, is selected by everything that wraps it, and
	// is around the scope if any AroundScope wraps it.
	m := func(a *app, name string) cqrs.Middleware { return mark(a, name) }
	perBinding := func(inner cqrs.Middleware) cqrs.Middleware {
		return cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return inner })
	}
	checked := func(inner ...cqrs.Middleware) cqrs.Middleware {
		return cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, inner...)
	}
	for _, test := range []struct {
		name  string
		put   func(a *app) []cqrs.Middleware
		plain []string // of messages that are no Noted
		noted []string
	}{
		{"Only", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.Only[Noted](m(a, "2"), m(a, "3")), m(a, "4")}
		}, []string{"1", "4"}, []string{"1", "2", "3", "4"}},
		{"Only in Only", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.Only[Noted](m(a, "2"), cqrs.Only[fmt.Stringer](m(a, "none")),
				cqrs.Only[Noted](m(a, "3"))), m(a, "4")}
		}, []string{"1", "4"}, []string{"1", "2", "3", "4"}},
		{"AroundScope in Only", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.Only[Noted](m(a, "2"), cqrs.AroundScope(m(a, "0")))}
		}, []string{"1"}, []string{"0", "1", "2"}},
		{"Only in AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.AroundScope(cqrs.Only[Noted](m(a, "-1")), m(a, "0"))}
		}, []string{"0", "1"}, []string{"-1", "0", "1"}},
		{"AroundScope in AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "2"), cqrs.AroundScope(m(a, "0"), cqrs.AroundScope(m(a, "1")))}
		}, []string{"0", "1", "2"}, []string{"0", "1", "2"}},
		{"PerBinding", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), perBinding(m(a, "2")), m(a, "3"), perBinding(nil)}
		}, []string{"1", "2", "3"}, []string{"1", "2", "3"}},
		{"PerBinding of AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), perBinding(cqrs.AroundScope(cqrs.Only[Noted](m(a, "0"))))}
		}, []string{"1"}, []string{"0", "1"}},
		{"PerBinding in AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.AroundScope(perBinding(m(a, "0")))}
		}, []string{"0", "1"}, []string{"0", "1"}},
		{"PerBinding of PerBinding", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), perBinding(perBinding(m(a, "2"))), m(a, "3")}
		}, []string{"1", "2", "3"}, []string{"1", "2", "3"}},
		{"Checked", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), checked(m(a, "2"), cqrs.Only[Noted](m(a, "3"))), m(a, "4")}
		}, []string{"1", "2", "4"}, []string{"1", "2", "3", "4"}},
		{"Checked in Only in AroundScope in Checked", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "3"), checked(m(a, "4"),
				cqrs.AroundScope(cqrs.Only[Noted](checked(m(a, "1"))), m(a, "2")))}
		}, []string{"2", "3", "4"}, []string{"1", "2", "3", "4"}},
		{"one middleware twice", func(a *app) []cqrs.Middleware {
			one := m(a, "1")
			return []cqrs.Middleware{one, cqrs.Only[Noted](one), one}
		}, []string{"1", "1"}, []string{"1", "1", "1"}},
		{"empty groups", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{cqrs.AroundScope(), cqrs.Only[Noted](), checked(), m(a, "1")}
		}, []string{"1"}, []string{"1"}},
	} {
		check := func(t *testing.T, all map[string][]string) {
			for kind, notes := range all {
				want := test.plain
				if kind == "noted command" || kind == "noted event" {
					want = test.noted
				}
				assert.Equal(t, append(slices.Clone(want), handlers[kind]), notes, kind)
			}
		}
		t.Run("is kept by "+test.name+", as an option of all bindings", func(t *testing.T) {
			t.Parallel()
			a := orderly(t, none)
			check(t, sendAll(t, a, bootstrap.WithMiddleware(test.put(a)...)))
		})
		t.Run("is kept by "+test.name+", as an option of one binding", func(t *testing.T) {
			t.Parallel()
			check(t, sendAll(t, orderly(t, func(a *app) []cqrs.BindOption {
				return []cqrs.BindOption{cqrs.WithMiddleware(test.put(a)...)}
			})))
		})
	}
}
