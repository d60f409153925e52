package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Scoped values, each of which needs the previous one.
type (
	inner  struct{}
	middle struct{}
	outer  struct{}
)

// finalizing provides the three values with finalizers. Count needs the outer one, and
// returns 42 and the error.
func finalizing(t *testing.T, ofInner, ofMiddle, ofOuter container.Finalizer, err error) *app {
	a := newApp(t)
	withFinalizer[inner](a, ofInner)
	a.provide(func(*inner) (*middle, container.Finalizer) { return new(middle), ofMiddle }, container.Scoped())
	a.provide(func(*middle) (*outer, container.Finalizer) { return new(outer), ofOuter }, container.Scoped())
	request(a, func(context.Context, *self[*outer], Count) (int, error) { return 42, err })
	return a
}

func TestFinalizers(t *testing.T) {
	t.Parallel()

	// noter returns a finalizer that notes its name and the outcome, and returns an error.
	type note struct {
		name    string
		outcome error
	}
	noter := func(notes *[]note, name string, err error) container.Finalizer {
		return func(_ context.Context, outcome error) error {
			*notes = append(*notes, note{name, outcome})
			return err
		}
	}

	t.Run("run last built first with a nil outcome after success", func(t *testing.T) {
		t.Parallel()
		var notes []note
		a := finalizing(t, noter(&notes, "inner", nil), noter(&notes, "middle", nil), noter(&notes, "outer", nil), nil)
		got, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.NoError(t, err)
		assert.Equal(t, 42, got)
		assert.Equal(t, []note{{"outer", nil}, {"middle", nil}, {"inner", nil}}, notes)
	})

	t.Run("receive the handler's error, which is returned unchanged", func(t *testing.T) {
		t.Parallel()
		var notes []note
		a := finalizing(t, noter(&notes, "inner", nil), noter(&notes, "middle", nil), noter(&notes, "outer", nil), errHandler)
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		assert.Same(t, errHandler, err)
		assert.Equal(t, []note{{"outer", errHandler}, {"middle", errHandler}, {"inner", errHandler}}, notes)
	})

	t.Run("run after one has failed, and receive its error as part of the outcome", func(t *testing.T) {
		t.Parallel()
		var notes []note
		a := finalizing(t, noter(&notes, "inner", nil), noter(&notes, "middle", errFinalizer),
			noter(&notes, "outer", nil), nil)
		got, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.ErrorIs(t, err, errFinalizer)
		assert.Zero(t, got, "the commit failed, so there is no result")
		require.Len(t, notes, 3)
		assert.NoError(t, notes[1].outcome)
		require.ErrorIs(t, notes[2].outcome, errFinalizer)
		fault, ok := errors.AsType[*container.Error](err)
		require.True(t, ok)
		assert.Equal(t, container.ErrFinalizer, fault.Reason)
	})

	t.Run("add their errors to that of the handler", func(t *testing.T) {
		t.Parallel()
		var notes []note
		a := finalizing(t, noter(&notes, "inner", errOther), noter(&notes, "middle", errFinalizer),
			noter(&notes, "outer", nil), errHandler)
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, err, errFinalizer)
		require.ErrorIs(t, err, errOther)
		require.ErrorIs(t, notes[2].outcome, errHandler)
		require.ErrorIs(t, notes[2].outcome, errFinalizer)
	})

	t.Run("that return the outcome do not duplicate it", func(t *testing.T) {
		t.Parallel()
		same := func(_ context.Context, outcome error) error { return outcome }
		_, err := cqrs.Send(t.Context(), finalizing(t, same, nil, nil, errHandler).start(), Count{})
		require.ErrorIs(t, err, errHandler)
		_, joined := err.(interface{ Unwrap() []error })
		if joined {
			_, fault := err.(*container.Error)
			assert.True(t, fault, "the error of the finalizer has the outcome as its cause: %v", err)
		}
	})

	t.Run("run after one has panicked", func(t *testing.T) {
		t.Parallel()
		var notes []note
		a := finalizing(t, noter(&notes, "inner", nil), func(context.Context, error) error { panic(errOther) },
			noter(&notes, "outer", nil), nil)
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		_, ok := errors.AsType[*cqrs.PanicError](err)
		require.True(t, ok)
		require.Len(t, notes, 2)
		require.ErrorIs(t, notes[1].outcome, errOther)
	})

	t.Run("run after a panic of the handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var outcome error
		withFinalizer[inner](a, func(_ context.Context, o error) error { outcome = o; return nil })
		command(a, func(context.Context, *self[*inner], Join) error { panic(errOther) })
		require.Error(t, a.start().Send(t.Context(), Join{}))
		_, ok := errors.AsType[*cqrs.PanicError](outcome)
		require.True(t, ok)
	})

	t.Run("run if a later constructor fails or panics", func(t *testing.T) {
		t.Parallel()
		for _, bang := range []bool{false, true} {
			a := newApp(t)
			var outcome error
			withFinalizer[inner](a, func(_ context.Context, o error) error { outcome = o; return nil })
			a.provide(func(*inner) (*outer, error) {
				if bang {
					panic(errOther)
				}
				return nil, errOther
			}, container.Scoped())
			command(a, func(context.Context, *self[*outer], Join) error { return nil })
			require.ErrorIs(t, a.start().Send(t.Context(), Join{}), errOther)
			require.ErrorIs(t, outcome, errOther)
		}
	})

	t.Run("receive the values of the request's context, which is not cancelled", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		called := false
		withFinalizer[inner](a, func(ctx context.Context, _ error) error {
			called = true
			assert.Equal(t, "value", ctx.Value(key{}))
			_, deadline := ctx.Deadline()
			assert.False(t, deadline)
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		command(a, func(context.Context, *self[*inner], Join) error { cancel(); return nil })
		require.NoError(t, a.start().Send(ctx, Join{}))
		assert.True(t, called)
	})

	t.Run("also run for values built by an event handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a, joined(1)...)
		on[first](a, func(context.Context, *self[*tx], Joined) error { return nil })
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "commit 1"}, a.notes())
	})

	t.Run("do not run for values that were not built", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a)
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join"}, a.notes())
	})

	t.Run("that return an outcome that is not comparable do not duplicate it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[inner](a, func(_ context.Context, outcome error) error { return outcome })
		command(a, func(context.Context, *self[*inner], Join) error { return incomparable{[]string{"a", "b"}} })
		err := a.start().Send(t.Context(), Join{})
		var got incomparable
		require.ErrorAs(t, err, &got)
		assert.Equal(t, "incomparable", err.Error())
	})

	t.Run("all run although several exit the goroutine", func(t *testing.T) {
		t.Parallel()
		var ran []string
		exits := func(name string) container.Finalizer {
			return func(context.Context, error) error {
				ran = append(ran, name)
				runtime.Goexit()
				return nil
			}
		}
		m := finalizing(t, exits("inner"), exits("middle"), exits("outer"), nil).start()
		testkit.OnGoroutine(func() { _, _ = cqrs.Send(t.Context(), m, Count{}) })
		assert.Equal(t, []string{"outer", "middle", "inner"}, ran)
	})
}

// missing is an error that matches every error of its type.
type missing struct{ n int }

func (e *missing) Error() string        { return fmt.Sprintf("%d is missing", e.n) }
func (e *missing) Is(target error) bool { _, is := target.(*missing); return is }

// list is a list of errors, which is not comparable.
type list []error

func (l list) Error() string   { return fmt.Sprintf("%d errors", len(l)) }
func (l list) Unwrap() []error { return l }

func TestFinalizer_LosesNoError(t *testing.T) {
	t.Parallel()
	one, two := &missing{1}, &missing{2}
	for name, test := range map[string]struct {
		handler error
		finish  func(outcome error) error
		want    []error // each of them, by identity
	}{
		"one that matches by type": {one, func(error) error { return two }, []error{one, two}},
		"one that wraps an error that matches by type": {one, func(error) error { return fmt.Errorf("rollback: %w", two) },
			[]error{one, two}},
		"one that wraps the outcome": {one, func(err error) error { return errors.Join(err, two) },
			[]error{one, two}},
		"one that is not comparable": {list{one}, func(error) error { return list{two} },
			[]error{one, two}},
		"one that is not comparable and wraps another": {list{one}, func(err error) error { return list{err, two} },
			[]error{one, two}},
		"the outcome itself": {list{one}, func(err error) error { return err }, []error{one}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			var outcomes []error
			withFinalizer[string](a, func(_ context.Context, outcome error) error {
				outcomes = append(outcomes, outcome)
				return nil
			})
			a.provide(func(*string) (*int, container.Finalizer) {
				return new(int), func(_ context.Context, outcome error) error { return test.finish(outcome) }
			}, container.Scoped())
			command(a, func(context.Context, *self[*int], Join) error { return test.handler })
			err := a.start().Send(t.Context(), Join{})
			for _, want := range test.want {
				assert.True(t, contains(err, want), "%v in %v", want, err)
				assert.True(t, contains(outcomes[0], want), "%v in the outcome %v", want, outcomes[0])
			}
		})
	}
}

// contains reports whether target itself is in the tree of an error.
func contains(err, target error) bool {
	if one, is := err.(*missing); is {
		return one == target
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return contains(e.Unwrap(), target)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if contains(inner, target) {
				return true
			}
		}
	}
	return false
}
