package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// As in dig, a value that nobody needs is not built, and so cannot fail.
func TestContainer_Compile_builds_nothing_unneeded(t *testing.T) {
	t.Parallel()
	type (
		lacked      struct{}
		unneeded    struct{}
		early       struct{}
		service     struct{}
		client      struct{}
		root        struct{}
		maybeClient struct {
			dig.In
			Client *client `optional:"true"`
		}
		maybeService struct {
			dig.In
			Early   *early
			Members []int    `group:"n"`
			Service *service `optional:"true"`
		}
		members struct {
			dig.In
			All []int `group:"n"`
		}
		softMembers struct {
			dig.In
			All []int `group:"n,soft"`
		}
		softBefore struct {
			dig.In
			Soft  []int `group:"n,soft"`
			Early *early
		}
		membersOut struct {
			dig.Out
			All []int `group:"n"`
		}
	)
	type provideFunc = func(ctor any, opts ...dig.ProvideOption)
	member := dig.Group("n")
	newClientRoot := func(maybeClient) *root { return &root{} }
	newOne := func() int { return 1 }

	for name, g := range map[string]graph{
		"beneath a decorator that replaces the value": func(provide provideFunc, decorate func(any)) {
			provide(func(*unneeded) *service { return nil })
			decorate(func(*early) *service { return &service{} })
			provide(func(*service) *root { return &root{} })
		},
		"beneath a decorator that replaces the group": func(provide provideFunc, decorate func(any)) {
			provide(func(*unneeded) int { return 1 }, member)
			decorate(func(*early) membersOut { return membersOut{} })
			provide(func(members) *root { return &root{} })
		},
		"behind an optional that lacks something itself": func(provide provideFunc, _ func(any)) {
			provide(func(*unneeded, *lacked) *client { return nil })
			provide(newClientRoot)
		},
		"behind an optional, after what lacks something": func(provide provideFunc, _ func(any)) {
			provide(func(*lacked) *service { return nil })
			provide(func(*early, *service, *unneeded) *client { return nil })
			provide(newClientRoot)
		},
		"behind an optional, after a dig.In struct that lacks something": func(provide provideFunc, _ func(any)) {
			provide(func(*early, *lacked) int { return 1 }, member)
			provide(func(*unneeded) *service { return nil })
			provide(func(maybeService, *unneeded) *client { return nil })
			provide(newClientRoot)
		},
		"behind an optional, after a group with a member that lacks something": func(provide provideFunc, _ func(any)) {
			provide(newOne, member)
			provide(func(*lacked) int { return 1 }, member)
			provide(func(*unneeded) int { return 1 }, member)
			provide(func(*early, members, *unneeded) *client { return nil })
			provide(newClientRoot)
		},
		"behind an optional, beneath a decorator that lacks something": func(provide provideFunc, decorate func(any)) {
			provide(func(*unneeded) *service { return nil })
			decorate(func(*lacked, *service) *service { return nil })
			provide(func(*early, *service, *unneeded) *client { return nil })
			provide(newClientRoot)
		},
		"behind an optional, with a soft group whose decorator lacks something": func(provide provideFunc,
			decorate func(any)) {
			provide(newOne, member)
			decorate(func(in members, _ *unneeded, _ *lacked) membersOut { return membersOut{All: in.All} })
			provide(func(softBefore, *unneeded) *client { return nil })
			provide(newClientRoot)
		},
		"for a member of a soft group": func(provide provideFunc, _ func(any)) {
			provide(func(*unneeded) int { return 1 }, member)
			provide(func(softMembers, *early) *root { return &root{} })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ran []string
			base := func(provide provideFunc) {
				provide(func() (*unneeded, error) {
					ran = append(ran, "unneeded")
					return nil, errors.New("nobody needs this")
				})
				provide(func() *early { ran = append(ran, "early"); return &early{} })
			}
			reference := dig.New()
			inDig := func(ctor any, opts ...dig.ProvideOption) { require.NoError(t, reference.Provide(ctor, opts...)) }
			base(inDig)
			g(inDig, func(decorator any) { require.NoError(t, reference.Decorate(decorator)) })
			require.NoError(t, reference.Invoke(func(*root) {}))
			want := ran

			for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
				ran = nil
				c := container.New()
				inContainer := func(ctor any, more ...dig.ProvideOption) {
					require.NoError(t, c.Provide(ctor, more...))
				}
				base(inContainer)
				g(func(ctor any, more ...dig.ProvideOption) { inContainer(ctor, append(more, opts...)...) },
					func(decorator any) { require.NoError(t, c.Decorate(decorator)) })
				plan := compiled(t, c, rootOf[*root]())
				built[*root](t, newScope(t, plan), 0)
				assert.Equal(t, want, ran)
			}
		})
	}
}
