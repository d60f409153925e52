package container_test

import (
	"testing"

	"github.com/digcqrs/digcqrs/container"
)

// faultyBuilds are constructors, decorators and finalizers that fail.
func faultyBuilds() []faulty {
	join := joinRoots()
	buildJoin := func(t *testing.T, c *container.Container) error {
		_, err := newScope(t, compiled(t, c, join...)).Build(0)
		return err
	}
	return []faulty{
		{"singleton", container.ErrBuild, compileFault(join,
			ctor(openBrokenDatabase), scoped(begin), scoped(newAccounts), ctor(newJoinHandler),
		)},
		{"build", container.ErrBuild, func(t *testing.T) error {
			err := buildJoin(t, containerOf(t, scoped(beginBroken), scoped(newAccounts), ctor(newJoinHandler)))
			return own(t, err).Cause
		}},
		{"build_handler", container.ErrBuild, func(t *testing.T) error {
			return buildJoin(t, containerOf(t, scoped(beginBroken), scoped(newAccounts), ctor(newJoinHandler)))
		}},
		{"build_root", container.ErrBuild, func(t *testing.T) error {
			c := containerOf(t, scoped(beginBroken), scoped(newAccounts))
			_, err := newScope(t, compiled(t, c, auditRoots()...)).Build(0)
			return err
		}},
		{"build_decorator", container.ErrBuild, func(t *testing.T) error {
			c := containerOf(t, ctor(openDatabase), scoped(begin), scoped(newAccounts), ctor(newJoinHandler))
			decorated(t, c, tracedBroken)
			return buildJoin(t, c)
		}},
		{"finalizer", container.ErrFinalizer, func(t *testing.T) error {
			c := containerOf(t, scoped(beginWithFinalizer), scoped(newAccounts), ctor(newJoinHandler))
			s := newScope(t, compiled(t, c, join...))
			built[*joinHandler](t, s, 0)
			_, err := container.Finalize(t.Context(), s, nil)
			return err
		}},
	}
}
