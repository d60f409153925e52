package cqrs_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// load is a value that is found if it is retained. It is too large to share a block of
// memory with other values.
type load struct{ _ [128]byte }

// Messages, an event and a scoped value that carry one.
type (
	Heavy struct {
		cqrs.CommandOf[*load]
		*load
	}
	HeavyLeave struct {
		cqrs.Command
		*load
	}
	HeavyExport struct {
		cqrs.StreamOf[*load]
		*load
	}
	HeavyJoined struct {
		cqrs.DomainEvent
		*load
	}
	HeavyGreeted struct {
		cqrs.DomainEvent
		*load
	}
	heavyScoped struct{ load }
	heavyNeed   struct {
		dig.In
		Scoped *heavyScoped
		Sender cqrs.Sender
	}
)

// loads has weak pointers to the loads that requests made.
type loads struct {
	mu   sync.Mutex
	made map[string][]weak.Pointer[load]
}

func (l *loads) add(what string, p *load) *load {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil {
		l.made = make(map[string][]weak.Pointer[load])
	}
	l.made[what] = append(l.made[what], weak.Make(p))
	return p
}

func (l *loads) make(what string) *load { return l.add(what, new(load)) }

// kept returns which loads are reachable, and how many of how many.
func (l *loads) kept() []string {
	var kept []string
	for what, pointers := range l.made {
		n := 0
		for _, p := range pointers {
			if p.Value() != nil {
				n++
			}
		}
		if n > 0 {
			kept = append(kept, fmt.Sprintf("%s: %d of %d", what, n, len(pointers)))
		}
	}
	return kept
}

// heavy returns an application in which everything in a request carries a load.
func heavy(t *testing.T, l *loads) *app {
	a := newApp(t)
	a.provide(func() (*heavyScoped, container.Finalizer) {
		s := new(heavyScoped)
		held := l.make("held by a finalizer")
		l.add("scoped value", &s.load)
		return s, func(context.Context, error) error { runtime.KeepAlive(held); return nil }
	}, container.Scoped())
	request(a, func(ctx context.Context, h *self[heavyNeed], c Heavy) (*load, error) {
		for range 3 {
			h.Record(HeavyJoined{load: l.make("event")})
		}
		for range 2 {
			if err := h.need.Sender.Send(ctx, HeavyLeave{load: l.make("nested command")}); err != nil {
				return nil, err
			}
		}
		return l.make("result"), nil
	})
	command(a, func(_ context.Context, h *self[*heavyScoped], _ HeavyLeave) error {
		h.Record(HeavyGreeted{load: l.make("nested event")})
		return nil
	})
	stream(a, func(_ context.Context, h *self[*heavyScoped], _ HeavyExport) iter.Seq2[*load, error] {
		return func(yield func(*load, error) bool) {
			for range 3 {
				h.Record(HeavyJoined{load: l.make("event of a stream")})
				if !yield(l.make("item"), nil) {
					return
				}
			}
		}
	})
	on[first](a, func(_ context.Context, h *self[heavyNeed], _ HeavyJoined) error {
		h.Record(HeavyGreeted{load: l.make("follow-up")})
		return nil
	})
	on[second](a, func(_ context.Context, h *self[*heavyScoped], _ HeavyJoined) error {
		h.Record(HeavyGreeted{load: l.make("follow-up after the scope")})
		return nil
	}, cqrs.AfterScope())
	on[first](a, func(context.Context, *self[heavyNeed], HeavyGreeted) error { return nil }, cqrs.AfterScope())
	return a
}

// TestMediator_KeepsNothing is not parallel, because it controls garbage collection. The
// mediator pools requests, so they survive one collection; what belongs to them must not.
func TestMediator_KeepsNothing(t *testing.T) {
	failing := func(a *app, how func() error) {
		on[third](a, func(context.Context, *self[*heavyScoped], HeavyJoined) error { return how() })
	}
	sendHeavy := func(ctx context.Context, l *loads, m *cqrs.Mediator) error {
		_, err := cqrs.Send(ctx, m, Heavy{load: l.make("message")})
		return err
	}
	tests := []struct {
		name  string
		build func(a *app)
		fails bool
		do    func(context.Context, *loads, *cqrs.Mediator) error
	}{
		{name: "of a command with events and nested commands", do: sendHeavy},
		{name: "of a command that an event handler fails", fails: true, do: sendHeavy,
			build: func(a *app) { failing(a, func() error { return errHandler }) }},
		{name: "of a command whose event handler panics", fails: true, do: sendHeavy,
			build: func(a *app) { failing(a, func() error { panic("no") }) }},
		{name: "of a command whose event handler ends the goroutine", do: sendHeavy,
			build: func(a *app) { failing(a, func() error { runtime.Goexit(); return nil }) }},
		{name: "of a stream", do: func(ctx context.Context, l *loads, m *cqrs.Mediator) error {
			_, err := testkit.Drain(cqrs.Stream(ctx, m, HeavyExport{load: l.make("message")}))
			return err
		}},
		{name: "of a stream that was broken off", do: func(ctx context.Context, l *loads, m *cqrs.Mediator) error {
			for range cqrs.Stream(ctx, m, HeavyExport{load: l.make("message")}) {
				break
			}
			return nil
		}},
		{name: "of published events", do: func(ctx context.Context, l *loads, m *cqrs.Mediator) error {
			return m.Publish(ctx, HeavyJoined{load: l.make("event")}, HeavyGreeted{load: l.make("event")})
		}},
		{name: "of Run", do: func(ctx context.Context, l *loads, m *cqrs.Mediator) error {
			return m.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
				for range cqrs.Stream(ctx, s, HeavyExport{load: l.make("message")}) {
					break
				}
				_, err := cqrs.Send(ctx, s, Heavy{load: l.make("message")})
				return err
			})
		}},
		{name: "of more events than usual", do: func(ctx context.Context, l *loads, m *cqrs.Mediator) error {
			events := make([]cqrs.Event, 400)
			for i := range events {
				events[i] = HeavyJoined{load: l.make("event")}
			}
			return m.Publish(ctx, events...)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer debug.SetGCPercent(debug.SetGCPercent(-1))
			l := new(loads)
			a := heavy(t, l)
			if test.build != nil {
				test.build(a)
			}
			m := a.start(bootstrap.WithEventConcurrency(4))
			before := runtime.NumGoroutine()
			type key struct{}
			testkit.OnGoroutine(func() { // whose stack is gone afterwards
				ctx := context.WithValue(context.Background(), key{}, l.make("context"))
				err := test.do(ctx, l, m)
				assert.Equal(t, test.fails, err != nil, "%v", err)
			})
			for runtime.NumGoroutine() > before {
				runtime.Gosched() // those that ran handlers after the scope are about to end
			}
			require.Contains(t, l.made, "scoped value")
			runtime.GC()
			assert.Empty(t, l.kept())
			runtime.KeepAlive(m)
		})
	}

	t.Run("in a Sender that is kept", func(t *testing.T) {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		l := new(loads)
		m := heavy(t, l).start()
		var kept cqrs.Sender
		testkit.OnGoroutine(func() {
			assert.NoError(t, m.Run(context.Background(), func(ctx context.Context, s cqrs.Sender) error {
				kept = s
				return s.Send(ctx, HeavyLeave{load: l.make("message")})
			}))
		})
		runtime.GC()
		assert.Empty(t, l.kept())
		require.ErrorIs(t, kept.Send(t.Context(), HeavyLeave{}), cqrs.ErrRequestEnded)
		runtime.KeepAlive(m)
	})
}
