package container_test

import (
	"testing"

	"go.uber.org/dig"
)

func TestParams_are_as_in_dig(t *testing.T) {
	t.Parallel()
	two := func(j *diary, w wired) {
		w.provide("alpha", func() *alpha { return j.alpha("alpha") })
		w.provide("beta", func(a *alpha) *beta { return j.beta("beta", a) })
	}
	named := func(j *diary, w wired) {
		w.provide("plain", func() *alpha { return j.alpha("plain") })
		w.provide("first", func() *alpha { return j.alpha("first") }, dig.Name("first"))
		w.provide("second", func() *alpha { return j.alpha("second") }, dig.Name("second"))
	}
	type ByName struct {
		dig.In
		Second *alpha `name:"second"`
		Plain  *alpha
		First  *alpha `name:"first"`
	}
	type nested struct {
		dig.In
		Names ByName
		More  struct {
			dig.In
			Beta *beta `optional:"true"`
		}
	}
	type embedding struct {
		ByName
		Again *alpha
	}
	type ignoring struct {
		dig.In `ignore-unexported:"true"`
		hidden *gamma
		Alpha  *alpha
	}
	_ = ignoring{}.hidden

	compareWithDig(t, []row{
		asking[*alpha]("a value that needs nothing", two),
		asking[*beta]("a value that needs another", two),
		asking[ByName]("values by their names", named),
		asking[nested]("structs in structs", named),
		asking[embedding]("a struct that embeds a parameter object", named),
		asking[ignoring]("unexported fields that are ignored", two),

		asking[struct {
			dig.In
			Beta  *beta
			Alpha *alpha
		}]("a value that two ask for is made once", two),
		asking[*delta]("a value that four ask for is made once", func(j *diary, w wired) {
			two(j, w)
			w.provide("gamma", func(a *alpha, again *alpha) *gamma { return j.gamma("gamma", a, again) })
			w.provide("delta", func(b *beta, g *gamma, a *alpha) *delta { return j.delta("delta", b, g, a) })
		}),
		asking[*delta]("parameters are made in order", func(j *diary, w wired) {
			w.provide("delta", func(g *gamma, b *beta, a *alpha) *delta { return j.delta("delta", g, b, a) })
			w.provide("alpha", func() *alpha { return j.alpha("alpha") })
			w.provide("beta", func() *beta { return j.beta("beta") })
			w.provide("gamma", func() *gamma { return j.gamma("gamma") })
		}),
		asking[*delta]("parameters beside a parameter object", func(j *diary, w wired) {
			two(j, w)
			w.provide("gamma", func() *gamma { return j.gamma("gamma") })
			w.provide("delta", func(g *gamma, in struct {
				dig.In
				B *beta
			}, a *alpha) *delta {
				return j.delta("delta", g, in.B, a)
			})
		}),
		asking[*beta]("what nobody needs is not made", func(j *diary, w wired) {
			two(j, w)
			w.provide("gamma", func(b *beta) *gamma { return j.gamma("gamma", b) })
			w.provide("delta", func(*gamma) *delta { return j.delta("delta") })
		}),
		asking[*beta]("a variadic parameter is empty", func(j *diary, w wired) {
			w.provide("alphas", func() []*alpha { return []*alpha{j.alpha("alphas")} })
			w.provide("beta", func(more ...*alpha) *beta { return j.beta("beta", more) })
		}),
		asking[*beta]("a variadic parameter after others is empty", func(j *diary, w wired) {
			two(j, w)
		}),
		asking[*gamma]("values of all kinds", func(j *diary, w wired) {
			w.provide("int", func() int { j.make("int"); return 7 })
			w.provide("text", func(n int) (string, []int) { j.make("text"); return "text", []int{n} })
			w.provide("map", func() map[string]int { j.make("map"); return map[string]int{"a": 1} })
			w.provide("gamma", func(n int, s string, all []int, m map[string]int) *gamma {
				return j.gamma("gamma", n, s, all, len(m))
			})
		}),
		asking[*gamma]("interfaces that a constructor returns", func(j *diary, w wired) {
			w.provide("namer", func() namer { return j.alpha("namer") })
			w.provide("gamma", func(n namer) *gamma { return j.gamma("gamma", n) })
		}),
		asking[*gamma]("an interface that nothing returns, though something implements it", func(j *diary, w wired) {
			two(j, w)
			w.provide("gamma", func(n namer) *gamma { return j.gamma("gamma", n) })
		}).in(endsLacking),
		asking[*gamma]("names and groups that are empty are none", func(j *diary, w wired) {
			two(j, w)
			w.provide("gamma", func(in struct {
				dig.In
				A *alpha `name:"" group:"" optional:"false"`
			}) *gamma {
				return j.gamma("gamma", in.A)
			})
		}),
	})
}

func TestOptionals_are_as_in_dig(t *testing.T) {
	t.Parallel()
	type in struct {
		dig.In
		Alpha *alpha `optional:"true"`
		Beta  *beta  `optional:"true"`
		Gamma *gamma `name:"spare" optional:"true"`
	}
	type kinds struct {
		dig.In
		Number int            `optional:"true"`
		Text   string         `optional:"true"`
		Array  [2]int         `optional:"true"`
		Func   func()         `optional:"true"`
		Map    map[string]int `optional:"true"`
		Namer  namer          `optional:"true"`
		Slice  []int          `optional:"true"`
	}
	lackingBeta := func(j *diary, w wired) {
		w.provide("alpha", func() *alpha { return j.alpha("alpha") })
		w.provide("beta", func(a *alpha, d *delta) *beta { return j.beta("beta", a, d) })
	}

	compareWithDig(t, []row{
		asking[in]("what is there", func(j *diary, w wired) {
			w.provide("alpha", func() *alpha { return j.alpha("alpha") })
			w.provide("beta", func(a *alpha) *beta { return j.beta("beta", a) })
			w.provide("gamma", func() *gamma { return j.gamma("gamma") }, dig.Name("spare"))
		}),
		asking[in]("what is not there", func(*diary, wired) {}),
		asking[kinds]("zero values of all kinds", func(*diary, wired) {}),
		asking[in]("a value under another name", func(j *diary, w wired) {
			w.provide("gamma", func() *gamma { return j.gamma("gamma") })
		}),
		asking[in]("what lacks something itself", lackingBeta),
		asking[struct {
			dig.In
			Beta *beta `optional:"true"`
		}]("what lacks something itself, for which nothing is made", lackingBeta),
		asking[in]("what lacks something deep", func(j *diary, w wired) {
			w.provide("alpha", func(b *beta) *alpha { return j.alpha("alpha", b) })
			w.provide("beta", func(g *gamma) *beta { return j.beta("beta", g) })
			w.provide("gamma", func(d *delta) *gamma { return j.gamma("gamma", d) })
		}),
		asking[in]("what is made before something deep is lacking", func(j *diary, w wired) {
			w.provide("alpha", func(n int, b *beta) *alpha { return j.alpha("alpha", n, b) })
			w.provide("int", func() int { j.make("int"); return 7 })
			w.provide("beta", func(d *delta) *beta { return j.beta("beta", d) })
		}),
		asking[*gamma]("what another must have", func(j *diary, w wired) {
			lackingBeta(j, w)
			w.provide("gamma", func(in in, b *beta) *gamma { return j.gamma("gamma", in.Beta, b) })
		}).in(endsLacking),
		asking[in]("what fails", func(j *diary, w wired) {
			w.provide("alpha", func() (*alpha, error) { return j.alpha("alpha"), errTable })
		}).in(endsFailing),
		asking[in]("what needs something that fails", func(j *diary, w wired) {
			w.provide("beta", func() (*beta, error) { return j.beta("beta"), errTable })
			w.provide("alpha", func(b *beta) *alpha { return j.alpha("alpha", b) })
		}).in(endsFailing),
		asking[in]("a nil that a constructor returns", func(j *diary, w wired) {
			w.provide("alpha", func() *alpha { j.make("alpha"); return nil })
		}),
	})
}

func TestWrong_params_are_refused_as_in_dig(t *testing.T) {
	t.Parallel()
	refusing := func(name string, ctor any) row {
		return asking[*beta](name, func(_ *diary, w wired) { w.provide("beta", ctor) }).in(endsRefused)
	}
	type in struct {
		dig.In
		Alpha *alpha
	}
	type embedsPointer struct {
		*dig.In
		Alpha *alpha
	}
	type out struct {
		dig.Out
		Alpha *alpha
	}
	compareWithDig(t, []row{
		refusing("an optional tag that is neither true nor false", func(struct {
			dig.In
			A *alpha `optional:"maybe"`
		}) *beta {
			return nil
		}),
		refusing("a group that is no slice", func(struct {
			dig.In
			A *alpha `group:"all"`
		}) *beta {
			return nil
		}),
		refusing("a group with a name", func(struct {
			dig.In
			A []*alpha `group:"all" name:"one"`
		}) *beta {
			return nil
		}),
		refusing("an optional group", func(struct {
			dig.In
			A []*alpha `group:"all" optional:"true"`
		}) *beta {
			return nil
		}),
		refusing("a group to flatten", func(struct {
			dig.In
			A []*alpha `group:"all,flatten"`
		}) *beta {
			return nil
		}),
		refusing("a group with an unknown option", func(struct {
			dig.In
			A []*alpha `group:"all,firm"`
		}) *beta {
			return nil
		}),
		refusing("an unexported field", func(struct {
			dig.In
			a *alpha
		}) *beta {
			return nil
		}),
		refusing("ignore-unexported that is neither true nor false", func(struct {
			dig.In `ignore-unexported:"maybe"`
			A      *alpha
		}) *beta {
			return nil
		}),
		refusing("a pointer to a parameter object", func(*in) *beta { return nil }),
		refusing("a parameter object that embeds a pointer", func(embedsPointer) *beta { return nil }),
		refusing("a result object", func(out) *beta { return nil }),
		refusing("a pointer to a result object", func(*out) *beta { return nil }),
		refusing("a mistake in a struct in a struct", func(struct {
			dig.In
			More struct {
				dig.In
				A *alpha `group:"all"`
			}
		}) *beta {
			return nil
		}),
	})
}
