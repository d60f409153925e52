package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Handlers with a name, since one request can have several in a target. An eventHandler
// always has one.
type (
	commandLink[Name, C, Need any] struct {
		self[Need]
		do func(context.Context, *self[Need], C) error
	}
	requestLink[Name, Q, R, Need any] struct {
		self[Need]
		do func(context.Context, *self[Need], Q) (R, error)
	}
	streamLink[Name, S, T, Need any] struct {
		self[Need]
		do func(context.Context, *self[Need], S) iter.Seq2[T, error]
	}
)

func (h *commandLink[Name, C, Need]) Handle(ctx context.Context, c C) error {
	return h.do(ctx, &h.self, c)
}

func (h *requestLink[Name, Q, R, Need]) Handle(ctx context.Context, q Q) (R, error) {
	return h.do(ctx, &h.self, q)
}

func (h *streamLink[Name, S, T, Need]) Handle(ctx context.Context, s S) iter.Seq2[T, error] {
	return h.do(ctx, &h.self, s)
}

// commandTo provides a handler and returns it as a target, as do requestTo, streamTo and
// eventTo.
func commandTo[Name any, C cqrs.Request[cqrs.Unit], Need any](
	a *app, do func(context.Context, *self[Need], C) error,
) cqrs.Target[C, cqrs.Unit] {
	a.t.Helper()
	type H = *commandLink[Name, C, Need]
	a.provide(func(need Need) H { return H(&commandLink[Name, C, Need]{self[Need]{need: need}, do}) })
	return cqrs.CommandTarget[H]()
}

func requestTo[Name any, Q cqrs.Request[R], R, Need any](
	a *app, do func(context.Context, *self[Need], Q) (R, error),
) cqrs.Target[Q, R] {
	a.t.Helper()
	type H = *requestLink[Name, Q, R, Need]
	a.provide(func(need Need) H { return H(&requestLink[Name, Q, R, Need]{self[Need]{need: need}, do}) })
	return cqrs.RequestTarget[H]()
}

func streamTo[Name any, S cqrs.StreamRequest[T], T, Need any](
	a *app, do func(context.Context, *self[Need], S) iter.Seq2[T, error],
) cqrs.Target[S, iter.Seq2[T, error]] {
	a.t.Helper()
	type H = *streamLink[Name, S, T, Need]
	a.provide(func(need Need) H { return H(&streamLink[Name, S, T, Need]{self[Need]{need: need}, do}) })
	return cqrs.StreamTarget[H]()
}

func eventTo[Name any, E cqrs.Event, Need any](
	a *app, do func(context.Context, *self[Need], E) error,
) cqrs.Target[E, error] {
	a.t.Helper()
	type H = *eventHandler[Name, E, Need]
	a.provide(func(need Need) H { return H(&eventHandler[Name, E, Need]{self[Need]{need: need}, do}) })
	return cqrs.EventTarget[H]()
}

func bindTarget[M, A any](a *app, t cqrs.Target[M, A], opts ...cqrs.BindOption) {
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindTarget(m, t, opts...) })
}

func bindEventTarget[E cqrs.Event](a *app, t cqrs.Target[E, error], opts ...cqrs.EventOption) {
	a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEventTarget(m, t, opts...) })
}

// part is a dependency of a handler, which shows when the handler is built.
type part[Name any] struct{}

// withPart provides a part whose constructor notes the name.
func withPart[Name any](a *app, name string) {
	a.t.Helper()
	a.provide(func() *part[Name] { a.note("build %s", name); return new(part[Name]) }, container.Scoped())
}

type fourth struct{}

// counts returns a handler of Count. It notes when it is built and when it runs, records
// the events, and returns the result and the error.
func counts[Name any](a *app, name string, result int, err error, events ...cqrs.Event) cqrs.Target[Count, int] {
	a.t.Helper()
	withPart[Name](a, name)
	return requestTo[Name](a, func(_ context.Context, h *self[*part[Name]], _ Count) (int, error) {
		a.note("run %s", name)
		h.Record(events...)
		return result, err
	})
}

// passes returns a handler of Count that passes the message on.
func passes[Name any](a *app, name string, events ...cqrs.Event) cqrs.Target[Count, int] {
	a.t.Helper()
	return counts[Name](a, name, 0, cqrs.ErrNotHandled, events...)
}

// sendCount binds a target, with handlers that note Joined, and sends Count.
func sendCount(t *testing.T, a *app, target cqrs.Target[Count, int], opts ...cqrs.BindOption) (int, error) {
	t.Helper()
	bindTarget(a, target, opts...)
	on[first](a, noting[Joined](a, "joined"))
	return cqrs.Send(t.Context(), a.start(), Count{})
}

// stoicHandler is a singleton that passes odd numbers on.
type stoicHandler struct{ *app }

func (h *stoicHandler) Handle(_ context.Context, c Join) error {
	h.note("stoic %d", c.N)
	if c.N%2 == 1 {
		return cqrs.ErrNotHandled
	}
	return nil
}

func never(error) bool { return false }

// exports returns a handler of Export. It notes that it runs, records Joined with its
// number, and yields the items and then the error, if there is one.
func exports[Name any](a *app, number int, err error, items ...int) cqrs.Target[Export, iter.Seq2[int, error]] {
	a.t.Helper()
	return streamTo[Name](a, func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			a.note("run %d in %d", number, h.need.id)
			h.Record(Joined{N: number})
			for _, item := range items {
				if !yield(item, nil) {
					a.note("stop %d", number)
					return
				}
			}
			if err != nil {
				yield(0, err)
			}
		}
	})
}

// drainExport binds a target, with handlers that note Joined, and ranges over it.
func drainExport(
	t *testing.T, a *app, target cqrs.Target[Export, iter.Seq2[int, error]], opts ...cqrs.BindOption,
) ([]int, error) {
	t.Helper()
	return testkit.Drain(cqrs.Stream(t.Context(), startExport(a, target, opts...), Export{}))
}

func startExport(a *app, target cqrs.Target[Export, iter.Seq2[int, error]], opts ...cqrs.BindOption) *cqrs.Mediator {
	a.t.Helper()
	bindTarget(a, target, opts...)
	on[first](a, noting[Joined](a, "joined"))
	return a.start()
}
