package container_test

import (
	"testing"

	"go.uber.org/dig"
)

func TestGroups_are_as_in_dig(t *testing.T) {
	t.Parallel()
	group := dig.Group("all")
	type in struct {
		dig.In
		All []*alpha `group:"all"`
	}
	type both struct {
		dig.In
		All   []*alpha `group:"all"`
		Again []*alpha `group:"all"`
		Namer []namer  `group:"all"`
		Other []*alpha `group:"other"`
		One   *alpha   `optional:"true"`
	}
	type out struct {
		dig.Out
		Beta  *beta
		Alpha *alpha   `group:"all"`
		More  []*alpha `group:"all,flatten"`
		Whole []*alpha `group:"whole"`
	}

	compareWithDig(t, []row{
		asking[in]("no members", func(*diary, wired) {}),
		asking[in]("several members", func(j *diary, w wired) {
			w.provide("one", func() *alpha { return j.alpha("one") }, group)
			w.provide("two", func(b *beta) *alpha { return j.alpha("two", b) }, group)
			w.provide("three", func(b *beta) *alpha { return j.alpha("three", b) }, group)
			w.provide("beta", func() *beta { return j.beta("beta") })
		}),
		asking[both]("groups of one name and two types, and of two names", func(j *diary, w wired) {
			w.provide("one", func() *alpha { return j.alpha("one") }, group)
			w.provide("namer", func() namer { return j.beta("namer") }, group)
			w.provide("other", func() *alpha { return j.alpha("other") }, dig.Group("other"))
			w.provide("alone", func() *alpha { return j.alpha("alone") })
		}),
		asking[in]("fields of a result object, and their elements", func(j *diary, w wired) {
			w.provide("out", func() out {
				return out{Alpha: j.alpha("out"), More: []*alpha{{}, {}}, Whole: []*alpha{{}}}
			})
		}),
		asking[struct {
			dig.In
			Whole [][]*alpha `group:"whole"`
		}]("slices that are members", func(j *diary, w wired) {
			w.provide("out", func() out { return out{Whole: []*alpha{j.alpha("out"), nil}} })
			w.provide("option", func() []*alpha { return []*alpha{j.alpha("option")} }, dig.Group("whole"))
		}),
		asking[in]("an empty slice of elements", func(j *diary, w wired) {
			w.provide("none", func() []*alpha { j.make("none"); return nil }, dig.Group("all,flatten"))
		}),
		asking[in]("nil members", func(j *diary, w wired) {
			w.provide("nil", func() *alpha { j.make("nil"); return nil }, group)
		}),
		asking[*delta]("a group that two ask for", func(j *diary, w wired) {
			w.provide("one", func() *alpha { return j.alpha("one") }, group)
			w.provide("beta", func(in in) *beta { return j.beta("beta", in.All) })
			w.provide("delta", func(in in, b *beta) *delta { return j.delta("delta", in.All, b) })
		}),
		asking[in]("a member that lacks something", func(j *diary, w wired) {
			w.provide("one", func() *alpha { return j.alpha("one") }, group)
			w.provide("two", func(d *delta) *alpha { return j.alpha("two", d) }, group)
		}).in(endsLacking),
		asking[in]("a member that fails", func(j *diary, w wired) {
			w.provide("one", func() *alpha { return j.alpha("one") }, group)
			w.provide("two", func() (*alpha, error) { return j.alpha("two"), errTable }, group)
		}).in(endsFailing),
	})
}

func TestSoftGroups_are_as_in_dig(t *testing.T) {
	t.Parallel()
	group := dig.Group("all")
	type softly struct {
		dig.In
		Soft []*alpha `group:"all,soft"`
		Beta *beta
		Hard []namer `group:"hard"`
	}
	type out struct {
		dig.Out
		Beta  *beta
		Alpha *alpha `group:"all"`
	}

	compareWithDig(t, []row{
		asking[softly]("a soft group without members", func(j *diary, w wired) {
			w.provide("beta", func() *beta { return j.beta("beta") })
		}),
		asking[softly]("a soft group whose members nothing else makes", func(j *diary, w wired) {
			w.provide("one", func() *alpha { return j.alpha("one") }, group)
			w.provide("beta", func() *beta { return j.beta("beta") })
		}),
		asking[softly]("a soft group whose members come with something else", func(j *diary, w wired) {
			w.provide("one", func() *alpha { return j.alpha("one") }, group)
			w.provide("out", func() out { return out{Beta: j.beta("out"), Alpha: j.alpha("member")} })
		}),
		asking[softly]("a soft group whose members come with another group", func(j *diary, w wired) {
			w.provide("beta", func() *beta { return j.beta("beta") })
			w.provide("hard", func() (struct {
				dig.Out
				Soft *alpha `group:"all"`
				Hard namer  `group:"hard"`
			}, error) {
				return struct {
					dig.Out
					Soft *alpha `group:"all"`
					Hard namer  `group:"hard"`
				}{Soft: j.alpha("hard"), Hard: j.gamma("too")}, nil
			})
		}),
		asking[softly]("a soft group whose members need what nobody else does", func(d *diary, w wired) {
			w.provide("gamma", func() *gamma { return d.gamma("gamma") })
			w.provide("one", func(g *gamma) *alpha { return d.alpha("one", g) }, group)
			w.provide("beta", func() *beta { return d.beta("beta") })
		}),
		asking[softly]("a soft group whose members lack something or fail", func(j *diary, w wired) {
			w.provide("one", func(d *delta) *alpha { return j.alpha("one", d) }, group)
			w.provide("two", func() (*alpha, error) { return nil, errTable }, group)
			w.provide("beta", func() *beta { return j.beta("beta") })
		}),
	})
}
