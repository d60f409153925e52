package cqrs_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestChain_Nested(t *testing.T) {
	t.Parallel()

	t.Run("in a chain is part of it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(
			cqrs.Chain(passes[first](a, "1", joined(1)...), passes[second](a, "2", joined(2)...)),
			cqrs.Chain(passes[third](a, "3"), counts[fourth](a, "4", 44, nil, joined(4)...))))
		require.NoError(t, err)
		assert.Equal(t, 44, got)
		assert.Equal(t, []string{
			"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "build 4", "run 4", "joined 1", "joined 2", "joined 4",
		}, a.notes())
	})

	t.Run("in a chain that no link answers is one error with all handlers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Chain(cqrs.Chain(passes[first](a, "1"), passes[second](a, "2")),
			passes[third](a, "3")))
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Len(t, e.Handlers, 3)
	})

	t.Run("in a fallback falls back if no link answers, without its events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var asked error
		got, err := sendCount(t, a, cqrs.Fallback(
			cqrs.Chain(passes[first](a, "1", joined(1)...), passes[second](a, "2", joined(2)...)),
			counts[third](a, "3", 33, nil, joined(3)...),
			func(err error) bool { asked = err; return errors.Is(err, cqrs.ErrNotHandled) }))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		require.ErrorIs(t, asked, cqrs.ErrNotHandled)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "joined 3"}, a.notes())
	})

	t.Run("in a fallback whose condition is false returns a NotHandledError", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(cqrs.Chain(passes[first](a, "1", joined(1)...), passes[second](a, "2")),
			counts[third](a, "3", 33, nil), never))
		_, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is, "%v", err)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	t.Run("in a fallback joins its error with that of the secondary target", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(cqrs.Chain(passes[first](a, "1"), counts[second](a, "2", 0, errPrimary)),
			counts[third](a, "3", 33, errHandler), nil))
		require.ErrorIs(t, err, errPrimary)
		require.ErrorIs(t, err, errHandler)
	})

	t.Run("as the secondary target of a fallback dispatches the events of all its links", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, errPrimary, joined(1)...),
			cqrs.Chain(passes[second](a, "2", joined(2)...), counts[third](a, "3", 33, nil, joined(3)...)), nil))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "joined 2", "joined 3"},
			a.notes())
	})
}

func TestFallback_InAChain(t *testing.T) {
	t.Parallel()

	t.Run("answers if its secondary target does", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1", joined(1)...),
			cqrs.Fallback(counts[second](a, "2", 0, errPrimary, joined(2)...),
				counts[third](a, "3", 33, nil, joined(3)...), nil),
			counts[fourth](a, "4", 44, nil)))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "joined 1", "joined 3"},
			a.notes())
	})

	t.Run("ends the chain if both targets fail", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Chain(cqrs.Fallback(counts[first](a, "1", 0, errPrimary),
			counts[second](a, "2", 0, errHandler), nil), counts[third](a, "3", 33, nil)))
		require.ErrorIs(t, err, errPrimary)
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	t.Run("passes on, with its events, if the primary target does and the condition is false", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(cqrs.Fallback(passes[first](a, "1", joined(1)...),
			counts[second](a, "2", 22, nil), never), counts[third](a, "3", 33, nil)))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 3", "run 3", "joined 1"}, a.notes())
	})

	t.Run("passes on if both targets do", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(cqrs.Fallback(passes[first](a, "1"), passes[second](a, "2"), nil),
			counts[third](a, "3", 33, nil)))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "build 3", "run 3"}, a.notes())
	})

	t.Run("does not pass on if the primary target fails and the secondary passes on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Chain(cqrs.Fallback(counts[first](a, "1", 0, errPrimary), passes[second](a, "2"), nil),
			counts[third](a, "3", 33, nil)))
		require.ErrorIs(t, err, errPrimary)
		require.ErrorIs(t, err, cqrs.ErrNotHandled)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})
}
