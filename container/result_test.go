package container_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// label implements fmt.Stringer and fmt.GoStringer.
type label string

func (l label) String() string   { return "<" + string(l) + ">" }
func (l label) GoString() string { return "label(" + string(l) + ")" }

// code implements error on its pointer.
type code int

func (c *code) Error() string { return "code" }

func TestScope_Build_Results(t *testing.T) {
	t.Parallel()

	t.Run("keeps each of several results", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() (int, string, error) { return 1, "text", nil })
			provide(func(n int, s string) []any { return []any{n, s} })
		}, func(v []any) []any { return v })
		assert.Equal(t, []any{1, "text"}, got)
	})

	t.Run("gives the name to each of several results", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Number int    `name:"both"`
			Text   string `name:"both"`
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() (int, string) { return 1, "text" }, dig.Name("both"))
		}, func(v in) []any { return []any{v.Number, v.Text} })
		assert.Equal(t, []any{1, "text"}, got)
	})

	t.Run("takes dig.Out structs apart", func(t *testing.T) {
		t.Parallel()
		type Deep struct {
			dig.Out
			Write int `name:"write"`
		}
		type out struct {
			dig.Out
			Plain int
			Read  int      `name:"read"`
			One   string   `group:"texts"`
			More  []string `group:"texts,flatten"`
			Deep  Deep
		}
		type in struct {
			dig.In
			Plain int
			Read  int      `name:"read"`
			Write int      `name:"write"`
			Texts []string `group:"texts"`
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() (out, float64, error) {
				return out{Plain: 1, Read: 2, One: "a", More: []string{"b", "c"}, Deep: Deep{Write: 3}}, 0.5, nil
			})
		}, func(v in) []any { return []any{v.Plain, v.Read, v.Write, sorted(v.Texts)} })
		assert.Equal(t, []any{1, 2, 3, []string{"a", "b", "c"}}, got)
	})

	t.Run("takes an embedded dig.Out struct apart", func(t *testing.T) {
		t.Parallel()
		type Base struct {
			dig.Out
			Text string
		}
		type out struct {
			dig.Out
			Base
			Number int
		}
		type in struct {
			dig.In
			Text   string
			Number int
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() out { return out{Base: Base{Text: "text"}, Number: 1} })
		}, func(v in) []any { return []any{v.Text, v.Number} })
		assert.Equal(t, []any{"text", 1}, got)
	})

	for name, as := range map[string]func(...any) dig.ProvideOption{
		"container.As": container.As,
		"dig.As":       func(interfaces ...any) dig.ProvideOption { return dig.As(interfaces...) },
	} {
		t.Run("provides a value as the interfaces of "+name, func(t *testing.T) {
			t.Parallel()
			type in struct {
				dig.In
				Stringer   fmt.Stringer
				GoStringer fmt.GoStringer
				Label      label `optional:"true"`
			}
			got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
				provide(func() label { return "x" }, as(new(fmt.Stringer), new(fmt.GoStringer)))
			}, func(v in) []string { return []string{v.Stringer.String(), v.GoStringer.GoString(), string(v.Label)} })
			assert.Equal(t, []string{"<x>", "label(x)", ""}, got)
		})

		t.Run("provides a named value as the interface of "+name, func(t *testing.T) {
			t.Parallel()
			type in struct {
				dig.In
				Stringer fmt.Stringer `name:"one"`
			}
			got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
				provide(func() label { return "x" }, as(new(fmt.Stringer)), dig.Name("one"))
			}, func(v in) string { return v.Stringer.String() })
			assert.Equal(t, "<x>", got)
		})

		t.Run("adds a value to the group of each interface of "+name, func(t *testing.T) {
			t.Parallel()
			type in struct {
				dig.In
				Stringers   []fmt.Stringer   `group:"g"`
				GoStringers []fmt.GoStringer `group:"g"`
			}
			got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
				provide(func() label { return "x" }, as(new(fmt.Stringer), new(fmt.GoStringer)), container.Group("g"))
			}, func(v in) []int { return []int{len(v.Stringers), len(v.GoStringers)} })
			assert.Equal(t, []int{1, 1}, got)
		})
	}

	t.Run("provides an interface as itself", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() fmt.Stringer { return label("x") }, dig.As(new(fmt.Stringer)))
		}, fmt.Stringer.String)
		assert.Equal(t, "<x>", got)
	})

	t.Run("gives the same instance under each of its interfaces", func(t *testing.T) {
		t.Parallel()
		type both struct {
			dig.In
			Stringer fmt.Stringer
			Error    fmt.GoStringer
		}
		c := containerOf(t, scoped(func() *pointerLabel { return &pointerLabel{"x"} },
			dig.As(new(fmt.Stringer), new(fmt.GoStringer))))
		got := inRequest[both](t, c)
		assert.Same(t, got.Stringer, got.Error)
	})

	t.Run("keeps a nil result", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() fmt.Stringer { return nil })
		}, func(s fmt.Stringer) bool { return s == nil })
		assert.True(t, got)
	})
}

type pointerLabel struct{ label }

func TestScope_Build_ErrorResults(t *testing.T) {
	t.Parallel()
	cause := errors.New("no connection")

	for name, fail := range map[string]any{
		"is the last result": func() (int, error) { return 1, cause },
		//lint:ignore ST1008 dig accepts an error at any position
		"is the first result":     func() (error, int) { return cause, 1 },
		"is the second of two":    func() (int, error, error) { return 1, nil, cause },
		"is beside a struct":      func() (intOut, error) { return intOut{Value: 1}, cause },
		"is wrapped by the cause": func() (int, error) { return 1, fmt.Errorf("dial: %w", cause) },
	} {
		t.Run("fails when the error "+name, func(t *testing.T) {
			t.Parallel()
			reference := dig.New()
			require.NoError(t, reference.Provide(fail))
			require.ErrorIs(t, reference.Invoke(func(int) {}), cause)

			err := inRequestError[int](t, containerOf(t, scoped(fail)))
			require.ErrorIs(t, err, cause)
			assert.ErrorIs(t, err, container.ErrBuild)
			fault, ok := errors.AsType[*container.Error](err)
			require.True(t, ok)
			assert.Equal(t, container.ErrBuild, fault.Reason)
			assert.ErrorContains(t, err, "result_test.go:")
		})
	}

	t.Run("treats a nil pointer of an error type as an error, as dig does", func(t *testing.T) {
		t.Parallel()
		fail := func() (int, *code) { return 1, nil }
		reference := dig.New()
		require.NoError(t, reference.Provide(fail))
		require.Error(t, reference.Invoke(func(int) {}))
		assert.ErrorIs(t, inRequestError[int](t, containerOf(t, scoped(fail))), container.ErrBuild)
	})

	t.Run("fails with the error of the handler's own constructor", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() (*holder[int], error) { return nil, cause }))
		_, err := newScope(t, compiled(t, c, rootOf[*holder[int]]())).Build(0)
		require.ErrorIs(t, err, cause)
		assert.ErrorIs(t, err, container.ErrBuild)
	})

	t.Run("runs a failed constructor again when it is next needed", func(t *testing.T) {
		t.Parallel()
		var calls int
		c := containerOf(t, scoped(func() (int, error) {
			if calls++; calls == 1 {
				return 0, cause
			}
			return calls, nil
		}))
		s := newScope(t, planFor[int](t, c))
		_, err := s.Build(0)
		require.ErrorIs(t, err, cause)
		assert.Equal(t, 2, built[*holder[int]](t, s, 0).got)
		assert.Equal(t, 2, built[*holder[int]](t, s, 0).got)
	})

	t.Run("does not run constructors whose dependencies failed", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func() (int, error) { return 0, cause }),
			scoped(func(int) string { panic("must not run") }),
		)
		assert.ErrorIs(t, inRequestError[string](t, c), cause)
	})
}

type intOut struct {
	dig.Out
	Value int
}
