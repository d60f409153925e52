package container_test

import (
	"testing"

	"go.uber.org/dig"
)

func TestDecorators_are_as_in_dig(t *testing.T) {
	t.Parallel()
	type both struct {
		dig.In
		Alpha *alpha
		Beta  *beta
	}
	type names struct {
		dig.In
		Plain *alpha
		One   *alpha `name:"one"`
	}
	type oneOut struct {
		dig.Out
		One *alpha `name:"one"`
	}
	type twoOut struct {
		dig.Out
		Alpha *alpha
		Beta  *beta
	}
	two := func(d *diary, w wired) {
		w.provide("alpha", func() *alpha { return d.alpha("alpha") })
		w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
	}

	compareWithDig(t, []row{
		asking[both]("a decorated value", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha) *alpha { return d.alpha("loud", a) })
		}),
		asking[both]("a decorator that was given before the constructor", func(d *diary, w wired) {
			w.decorate("loud", func(a *alpha) *alpha { return d.alpha("loud", a) })
			two(d, w)
		}),
		asking[*beta]("a decorated value that another needs", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha) *alpha { return d.alpha("loud", a) })
		}),
		asking[*alpha]("a decorator of what nobody needs", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(b *beta) *beta { return d.beta("loud", b) })
		}),
		asking[both]("decorators of two values", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha) *alpha { return d.alpha("loud", a) })
			w.decorate("soft", func(b *beta, a *alpha) *beta { return d.beta("soft", b, a) })
		}),
		asking[both]("a decorator that needs something else", func(d *diary, w wired) {
			two(d, w)
			w.provide("gamma", func() *gamma { return d.gamma("gamma") })
			w.decorate("loud", func(a *alpha, g *gamma) *alpha { return d.alpha("loud", a, g) })
		}),
		asking[both]("a decorator that replaces the value", func(d *diary, w wired) {
			two(d, w)
			w.decorate("fake", func() *alpha { return d.alpha("fake") })
		}),
		asking[*alpha]("a decorator that replaces a value whose constructor fails", func(d *diary, w wired) {
			w.provide("alpha", func() (*alpha, error) { return nil, errTable })
			w.decorate("fake", func() *alpha { return d.alpha("fake") })
		}),
		asking[*alpha]("a decorator that replaces a value whose constructor lacks something", func(d *diary, w wired) {
			w.provide("alpha", func(*gamma) *alpha { return nil })
			w.decorate("fake", func() *alpha { return d.alpha("fake") })
		}),
		asking[*alpha]("a decorator that makes a nil", func(d *diary, w wired) {
			two(d, w)
			w.decorate("nil", func(*alpha) *alpha { d.make("nil"); return nil })
		}),
		asking[names]("one of two values by name", func(d *diary, w wired) {
			w.provide("plain", func() *alpha { return d.alpha("plain") })
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Name("one"))
			w.decorate("loud", func(in names) oneOut { return oneOut{One: d.alpha("loud", in.One, in.Plain)} })
		}),
		asking[both]("a decorator with a result object", func(d *diary, w wired) {
			w.provide("both", func() (*alpha, *beta) { return d.alpha("both"), d.beta("b") })
			w.decorate("loud", func(in both) (twoOut, error) {
				return twoOut{Alpha: d.alpha("loud", in.Alpha), Beta: d.beta("too", in.Beta)}, nil
			})
		}),
		asking[namer]("an interface that As provides", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") }, dig.As(new(namer)))
			w.decorate("loud", func(n namer) namer { return d.beta("loud", n) })
		}),
		asking[struct {
			dig.In
			Namer namer
			Any   any
		}]("one of two interfaces that As provides", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") }, dig.As(new(namer), new(any)))
			w.decorate("loud", func(n namer) namer { return d.beta("loud", n) })
		}),
		asking[struct {
			dig.In
			Alpha *alpha `optional:"true"`
		}]("an optional value that nothing provides, but a decorator makes", func(d *diary, w wired) {
			w.decorate("fake", func() *alpha { return d.alpha("fake") })
		}),
		asking[*alpha]("a decorator with an optional parameter", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha, in struct {
				dig.In
				Gamma *gamma `optional:"true"`
			}) *alpha {
				return d.alpha("loud", a, in.Gamma)
			})
		}),
		asking[*alpha]("a variadic decorator", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha, more ...*beta) *alpha { return d.alpha("loud", a, more) })
		}),
		asking[both]("a decorator that needs what needs the value", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha, b *beta) *alpha { return d.alpha("loud", a, b) })
		}).ofLoop(),
		asking[*gamma]("decorators that need each other's value", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
			w.provide("beta", func() *beta { return d.beta("beta") })
			w.provide("gamma", func(a *alpha, b *beta) *gamma { return d.gamma("gamma", a, b) })
			w.decorate("loud", func(a *alpha, b *beta) *alpha { return d.alpha("loud", a, b) })
			w.decorate("soft", func(b *beta, a *alpha) *beta { return d.beta("soft", b, a) })
		}).ofLoop(),
		asking[*alpha]("FillDecorateInfo", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha) *alpha { return d.alpha("loud", a) }, dig.FillDecorateInfo(&dig.DecorateInfo{}))
		}),
		asking[*alpha]("a decorator that fails", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha) (*alpha, error) { return d.alpha("loud", a), errTable })
		}).in(endsFailing),
		asking[*alpha]("a decorator that lacks something", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(a *alpha, g *gamma) *alpha { return d.alpha("loud", a, g) })
		}).in(endsLacking),
		asking[*alpha]("a decorator of a value whose constructor fails", func(d *diary, w wired) {
			w.provide("alpha", func() (*alpha, error) { return d.alpha("alpha"), errTable })
			w.decorate("loud", func(a *alpha) *alpha { return d.alpha("loud", a) })
		}).in(endsFailing),
		asking[*alpha]("a decorator of what nothing provides", func(d *diary, w wired) {
			w.decorate("loud", func(a *alpha) *alpha { return d.alpha("loud", a) })
		}).in(endsLacking),
	})
}

func TestGroupDecorators_are_as_in_dig(t *testing.T) {
	t.Parallel()
	group := dig.Group("all")
	type in struct {
		dig.In
		All []*alpha `group:"all"`
	}
	type out struct {
		dig.Out
		All []*alpha `group:"all"`
	}
	type mixed struct {
		dig.In
		All  []*alpha `group:"all"`
		Soft []*alpha `group:"all,soft"`
		One  *alpha
	}
	two := func(d *diary, w wired) {
		w.provide("one", func() *alpha { return d.alpha("one") }, group)
		w.provide("two", func() *alpha { return d.alpha("two") }, group)
	}
	compareWithDig(t, []row{
		asking[in]("a decorated group", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(in in) out {
				all := []*alpha{d.alpha("loud")}
				for _, a := range in.All {
					all = append(all, &alpha{made{id: "louder", of: []any{a}}})
				}
				return out{All: all}
			})
		}),
		asking[in]("a group that a decorator empties", func(d *diary, w wired) {
			two(d, w)
			w.decorate("none", func(in in) out { d.make("none", in.All); return out{} })
		}),
		asking[in]("a group that a decorator replaces", func(d *diary, w wired) {
			w.provide("one", func() (*alpha, error) { return nil, errTable }, group)
			w.decorate("fake", func() out { return out{All: []*alpha{d.alpha("fake")}} })
		}),
		asking[in]("a decorated group without members", func(d *diary, w wired) {
			w.decorate("loud", func(in in) out { return out{All: append(in.All, d.alpha("loud"))} })
		}),
		asking[mixed]("a decorated group beside a value of the type", func(d *diary, w wired) {
			two(d, w)
			w.provide("plain", func() *alpha { return d.alpha("plain") })
			w.decorate("loud", func(in in) out { return out{All: append(in.All, d.alpha("loud"))} })
		}),
		asking[*beta]("a decorated group that another needs", func(d *diary, w wired) {
			two(d, w)
			w.provide("beta", func(in in) *beta { return d.beta("beta", in.All) })
			w.decorate("loud", func(in in) out { return out{All: append(in.All, d.alpha("loud"))} })
		}),
		asking[in]("a decorator of a group that fails", func(d *diary, w wired) {
			two(d, w)
			w.decorate("loud", func(in in) (out, error) { d.make("loud"); return out{}, errTable })
		}).in(endsFailing),
	})
}

func TestWrong_decorators_are_refused_as_in_dig(t *testing.T) {
	t.Parallel()
	refusing := func(name string, decorators ...any) row {
		return asking[*alpha](name, func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
			for _, decorator := range decorators {
				w.decorate("decorator", decorator)
			}
		}).in(endsRefused)
	}
	type out struct {
		dig.Out
		All *alpha `group:"all"`
	}
	plain := func(a *alpha) *alpha { return a }
	compareWithDig(t, []row{
		refusing("a second decorator", plain, plain),
		refusing("a second decorator of one of several values", plain, func(*alpha) (*beta, *alpha) { return nil, nil }),
		refusing("a single member of a group", func() out { return out{} }),
	})
}
