package container_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func TestScope_Reset(t *testing.T) {
	t.Parallel()

	t.Run("makes the scope like new", func(t *testing.T) {
		t.Parallel()
		var c counter
		s := newScope(t, planFor[*counted](t, containerOf(t, scoped(c.make))))
		first := built[*holder[*counted]](t, s, 0).got
		container.Reset(s)
		assert.NotSame(t, first, built[*holder[*counted]](t, s, 0).got)
		assert.Equal(t, 2, c.made)
	})

	t.Run("empties soft groups", func(t *testing.T) {
		t.Parallel()
		type soft struct {
			dig.In
			All []string `group:"texts,soft"`
		}
		c := containerOf(t, scoped(text("a"), dig.Group("texts")), ctor(hold[soft]), ctor(hold[texts]))
		s := newScope(t, compiled(t, c, rootOf[*holder[soft]](), rootOf[*holder[texts]]()))
		built[*holder[texts]](t, s, 1)
		container.Reset(s)
		assert.Empty(t, built[*holder[soft]](t, s, 0).got.All)
	})

	t.Run("drops finalizers that did not run", func(t *testing.T) {
		t.Parallel()
		var log []string
		s := newScope(t, planFor[int](t, containerOf(t,
			scoped(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
		)))
		built[*holder[int]](t, s, 0)
		container.Reset(s)
		assert.Zero(t, container.Pending(s))
		require.NoError(t, finalizeAll(t, s, nil))
		assert.Empty(t, log)
	})

	t.Run("is harmless on a new scope", func(t *testing.T) {
		t.Parallel()
		s := newScope(t, planFor[int](t, containerOf(t, scoped(func() int { return 1 }))))
		container.Reset(s)
		container.Reset(s)
		assert.Equal(t, 1, built[*holder[int]](t, s, 0).got)
	})

	// big is large enough not to share an allocation with others.
	type big [64]int
	type link struct{ big *big }

	for name, graph := range map[string]func(t *testing.T, made func(*big)) wiring.Scope{
		"a scoped value": func(t *testing.T, made func(*big)) wiring.Scope {
			s := newScope(t, planFor[*link](t, containerOf(t,
				scoped(func() *big { b := new(big); made(b); return b }),
				scoped(func(b *big) *link { return &link{b} }),
			)))
			built[*holder[*link]](t, s, 0)
			return s
		},
		"a decorated value": func(t *testing.T, made func(*big)) wiring.Scope {
			c := containerOf(t, scoped(func() *big { b := new(big); made(b); return b }))
			require.NoError(t, c.Decorate(func(b *big) *big { made(b); return b }))
			s := newScope(t, planFor[*big](t, c))
			built[*holder[*big]](t, s, 0)
			return s
		},
		"a finalizer that did not run": func(t *testing.T, made func(*big)) wiring.Scope {
			s := newScope(t, planFor[int](t, containerOf(t, scoped(func() (int, container.Finalizer) {
				b := new(big)
				made(b)
				return 1, func(context.Context, error) error { runtime.KeepAlive(b); return nil }
			}))))
			built[*holder[int]](t, s, 0)
			return s
		},
		"an argument of a constructor that failed": func(t *testing.T, made func(*big)) wiring.Scope {
			s := newScope(t, planFor[int](t, containerOf(t,
				scoped(func() *big { b := new(big); made(b); return b }),
				scoped(func(*big) (int, error) { return 0, errors.New("failed") }),
			)))
			_, err := s.Build(0)
			require.Error(t, err)
			return s
		},
		"an argument of a constructor that panicked": func(t *testing.T, made func(*big)) wiring.Scope {
			s := newScope(t, planFor[int](t, containerOf(t,
				scoped(func() *big { b := new(big); made(b); return b }),
				scoped(func(*big) int { panic("failed") }),
			)))
			assert.Panics(t, func() { _, _ = s.Build(0) })
			return s
		},
	} {
		t.Run("lets go of "+name, func(t *testing.T) {
			t.Parallel()
			var refs []weak.Pointer[big]
			s := graph(t, func(b *big) { refs = append(refs, weak.Make(b)) })
			require.NotEmpty(t, refs)
			container.Reset(s)
			runtime.GC()
			for _, ref := range refs {
				assert.Nil(t, ref.Value())
			}
			runtime.KeepAlive(s)
		})
	}
}
