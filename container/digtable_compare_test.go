package container_test

import (
	"errors"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// trial is a row in a container.
type trial struct {
	result
	atStart []string // what ran in Compile
	diary   *diary
	plan    *wiring.Plan
	scope   wiring.Scope
	held    func(any) any
}

// inContainer runs the row in a container in which the named constructors are scoped.
func (r row) inContainer(t *testing.T, scoped func(name string) bool) trial {
	t.Helper()
	d := &diary{}
	w := &containerWiring{Container: container.New(r.opts...), scoped: scoped}
	r.build(d, w)
	require.NoError(t, w.Provide(r.holder))
	if w.err != nil {
		require.ErrorIs(t, w.err, container.ErrRefused)
		c := endsRefused
		if dig.IsCycleDetected(w.err) {
			c = endsCyclic
		}
		return trial{result: result{end: c}}
	}
	plan, err := w.Compile([]wiring.Root{r.root})
	tr := trial{diary: d, plan: plan, held: r.held, atStart: d.since(0)}
	if err == nil {
		tr.scope = newScope(t, plan)
		tr.got, err = tr.build(tr.scope)
	}
	tr.end, tr.calls = endOf(err), d.since(0)
	return tr
}

// build shows what the handler of a scope receives.
func (tr trial) build(s wiring.Scope) (got string, err error) {
	err = guarded(func() error {
		h, err := s.Build(0)
		if err == nil {
			got = written(tr.held(h))
		}
		return err
	})
	return got, err
}

// requireLifetimes checks that each scoped value is the same throughout a scope, and a new
// one in the next.
func (tr trial) requireLifetimes(t *testing.T) {
	t.Helper()
	n := len(tr.diary.calls)
	again, err := tr.build(tr.scope)
	require.NoError(t, err)
	assert.Equal(t, tr.got, again, "in the same scope")
	assert.Empty(t, tr.diary.since(n), "in the same scope")
	next, err := tr.build(newScope(t, tr.plan))
	require.NoError(t, err)
	assert.Equal(t, renumbered(tr.got), renumbered(next), "in another scope")
	assert.Equal(t, tr.calls[len(tr.atStart):], tr.diary.since(n), "in another scope")
}

// compareWithDig compares each row with dig in all lifetimes.
func compareWithDig(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			want, wired := r.inRawDig()
			require.Equal(t, r.want, want.end, "dig itself")
			t.Run("scoped", func(t *testing.T) { r.compareScoped(t, want, wired) })
			t.Run("as handlers", func(t *testing.T) { r.compareHandler(t, want, wired) })
			t.Run("singletons", func(t *testing.T) { r.compareSingletons(t, want) })
			t.Run("mixed", func(t *testing.T) { r.compareMixed(t, want, wired) })
		})
	}
}

func eachConstructor(string) bool { return true }
func noConstructor(string) bool   { return false }

// compareScoped runs the row with scoped constructors only.
func (r row) compareScoped(t *testing.T, want result, wired *digWiring) {
	got := r.inContainer(t, eachConstructor)
	if r.loop {
		assert.Equal(t, endsCyclic, got.end)
		return
	}
	assert.Equal(t, want.end, got.end)
	if r.want == endsRefused || r.want == endsCyclic {
		return
	}
	assert.Equal(t, want.got, got.got)
	for _, f := range wired.functions {
		assert.False(t, !f.decorates && slices.Contains(got.atStart, f.name), "Compile builds what is scoped")
	}
	if r.want != endsLacking { // Compile finds that without a call
		assert.Equal(t, want.calls, got.calls)
	}
	if got.end == endsWell {
		got.requireLifetimes(t)
	}
}

// compareSingletons runs the row with singletons only, which Compile builds.
func (r row) compareSingletons(t *testing.T, want result) {
	got := r.inContainer(t, noConstructor)
	assert.Equal(t, want.end, got.end)
	assert.Equal(t, want.got, got.got)
	assert.Equal(t, got.atStart, got.calls, "a request builds a singleton")
	if got.end == endsWell {
		assert.ElementsMatch(t, want.calls, got.calls)
		got.requireLifetimes(t)
	}
}

// compareMixed runs the row with each mixture of lifetimes.
func (r row) compareMixed(t *testing.T, want result, wired *digWiring) {
	var names []string
	for _, f := range wired.functions {
		if !f.decorates && !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	require.LessOrEqual(t, len(names), 6)
	for mask := range 1 << len(names) {
		if n := bits.OnesCount(uint(mask)); n == 0 || n == len(names) {
			continue
		}
		isScoped := func(name string) bool { return mask&(1<<slices.Index(names, name)) != 0 }
		var scoped []string
		for _, name := range names {
			if isScoped(name) {
				scoped = append(scoped, name)
			}
		}
		got := r.inContainer(t, isScoped)
		certain, possible := wired.captives(isScoped, want.calls)
		switch {
		case got.end == endsCaptive:
			assert.True(t, possible, "%v are scoped: no singleton needs any of them", scoped)
		case r.unneeded && possible && got.end == endsWell:
		case r.loop && got.end == endsCyclic:
		case certain && want.end == endsWell:
			assert.Fail(t, "a singleton has what is scoped", "%v are scoped", scoped)
		default:
			assert.Equal(t, want.end, got.end, "%v are scoped", scoped)
			assert.Equal(t, want.got, got.got, "%v are scoped", scoped)
			if want.end == endsWell {
				assert.ElementsMatch(t, want.calls, got.calls, "%v are scoped", scoped)
				got.requireLifetimes(t)
			}
		}
	}
}

// captives reports whether a singleton needs a scoped value: a singleton that dig has
// called, or any singleton.
func (w *digWiring) captives(isScoped func(name string) bool, called []string) (certain, possible bool) {
	inRequests := func(f function) bool {
		if !f.decorates {
			return isScoped(f.name)
		}
		return slices.ContainsFunc(w.functions, func(g function) bool {
			return !g.decorates && isScoped(g.name) && slices.ContainsFunc(f.out, func(k string) bool {
				return slices.Contains(g.out, k)
			})
		})
	}
	for _, f := range w.functions {
		if inRequests(f) {
			continue
		}
		for _, g := range w.functions {
			if !g.decorates && inRequests(g) && slices.ContainsFunc(f.in,
				func(k string) bool { return slices.Contains(g.out, k) }) {
				possible = true
				certain = certain || slices.Contains(called, f.name)
			}
		}
	}
	return certain, possible
}

// compareHandler runs the row with the value that is asked for as a handler, if it can be
// one: each time it is a new instance, made from the same values.
func (r row) compareHandler(t *testing.T, want result, wired *digWiring) {
	if r.value.Kind() == reflect.Struct || r.want == endsRefused {
		return
	}
	d := &diary{}
	w := &containerWiring{Container: container.New(r.opts...), scoped: eachConstructor}
	maker := &handlerWiring{containerWiring: w, handler: r.value}
	r.build(d, maker)
	if maker.name == "" {
		return
	}
	require.NoError(t, w.err)
	plan, err := w.Compile([]wiring.Root{{Type: r.value, Bound: "bound"}})
	switch {
	case wired.decorates(r.value.String()):
		require.ErrorIs(t, err, container.ErrDecorator, "handlers are not decorated")
		return
	case err != nil && r.loop:
		assert.Equal(t, endsCyclic, endOf(err))
		return
	case err != nil:
		assert.Equal(t, want.end, endOf(err))
		return
	}
	tr := trial{plan: plan, diary: d, held: func(h any) any { return h }}
	s := newScope(t, plan)
	got, err := tr.build(s)
	require.Equal(t, want.end, endOf(err))
	assert.Equal(t, want.got, got)
	assert.Equal(t, want.calls, d.calls)
	if err == nil {
		n := len(d.calls)
		again, err := tr.build(s)
		require.NoError(t, err)
		assert.Equal(t, renumbered(got), renumbered(again))
		if strings.Contains(got, "#") {
			assert.NotEqual(t, got, again)
		}
		assert.Equal(t, []string{maker.name}, d.since(n), "only the handler is rebuilt")
	}
}

// handlerWiring leaves alone the constructor that makes nothing but the handler.
type handlerWiring struct {
	*containerWiring
	handler reflect.Type
	name    string // of that constructor
}

func (w *handlerWiring) provide(name string, ctor any, opts ...dig.ProvideOption) {
	var info dig.ProvideInfo
	if dig.New().Provide(ctor, append(opts[:len(opts):len(opts)], dig.FillProvideInfo(&info))...) == nil &&
		len(info.Outputs) == 1 && info.Outputs[0].String() == w.handler.String() {
		w.name = name
		w.err = errors.Join(w.err, w.Provide(ctor, opts...))
		return
	}
	w.containerWiring.provide(name, ctor, opts...)
}
