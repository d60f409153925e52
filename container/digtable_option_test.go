package container_test

import (
	"reflect"
	"testing"

	"go.uber.org/dig"
)

func TestProvideOptions_are_as_in_dig(t *testing.T) {
	t.Parallel()
	asNamer := dig.As(new(namer))
	type names struct {
		dig.In
		Plain *alpha `optional:"true"`
		One   *alpha `name:"one"`
		Beta  *beta  `name:"one" optional:"true"`
		Two   *alpha `name:"two" optional:"true"`
	}
	type group struct {
		dig.In
		Alphas []*alpha `group:"all"`
		Betas  []*beta  `group:"all"`
		Namers []namer  `group:"all"`
		Anys   []any    `group:"all"`
	}
	type interfaces struct {
		dig.In
		Namer namer
		Spare namer  `name:"one" optional:"true"`
		Any   any    `optional:"true"`
		Alpha *alpha `optional:"true"`
	}

	compareWithDig(t, []row{
		asking[names]("Name", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Name("one"))
			w.provide("two", func() *alpha { return d.alpha("two") }, dig.Name("two"))
			w.provide("plain", func() *alpha { return d.alpha("plain") })
		}),
		asking[names]("Name of several results", func(d *diary, w wired) {
			w.provide("both", func() (*alpha, *beta, error) { return d.alpha("both"), d.beta("b"), nil }, dig.Name("one"))
		}),
		asking[names]("the last of two Names", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Name("two"), dig.Name("one"))
		}),
		asking[*alpha]("a Name that is not asked for", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Name("one"))
		}).in(endsLacking),
		asking[*alpha]("an empty Name is none", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Name(""))
		}),

		asking[group]("Group of several results", func(d *diary, w wired) {
			w.provide("both", func() (*alpha, *beta) { return d.alpha("both"), d.beta("b") }, dig.Group("all"))
		}),
		asking[group]("Group that is flattened", func(d *diary, w wired) {
			w.provide("some", func() []*alpha { return []*alpha{d.alpha("some"), d.alpha("more")} }, dig.Group("all,flatten"))
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Group("all"))
		}),
		asking[*alpha]("a value that is in a Group only", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Group("all"))
		}).in(endsLacking),
		asking[*alpha]("an empty Group is none", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.Group(""))
		}),

		asking[interfaces]("As", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, asNamer)
		}),
		asking[interfaces]("As with two interfaces", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.As(new(namer), new(any)))
		}),
		asking[interfaces]("two As", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, asNamer, dig.As(new(any)))
		}),
		asking[interfaces]("As beside Name", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, asNamer, dig.Name("one"))
			w.provide("plain", func() *beta { return d.beta("plain") }, asNamer)
		}),
		asking[interfaces]("As with the interface that a constructor returns", func(d *diary, w wired) {
			w.provide("one", func() namer { return d.alpha("one") }, asNamer)
		}),
		asking[interfaces]("As with that and another one", func(d *diary, w wired) {
			w.provide("one", func() namer { return d.alpha("one") }, dig.As(new(namer), new(any)))
			w.provide("two", func() *alpha { return d.alpha("two") })
		}).in(endsLacking),
		asking[*alpha]("As hides the type itself", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, asNamer)
		}).in(endsLacking),
		asking[interfaces]("As of a value that is nil", func(d *diary, w wired) {
			w.provide("one", func() *alpha { d.make("one"); return nil }, asNamer)
		}),
		asking[group]("As beside Group", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, asNamer, dig.Group("all"))
			w.provide("two", func() (*alpha, *beta) { return d.alpha("two"), d.beta("b") },
				dig.As(new(namer), new(any)), dig.Group("all"))
		}),
		asking[group]("As with an interface twice, beside Group", func(d *diary, w wired) {
			w.provide("one", func() *alpha { return d.alpha("one") }, dig.As(new(namer), new(namer)), dig.Group("all"))
		}),

		asking[*alpha]("LocationForPC, FillProvideInfo and Export", func(d *diary, w wired) {
			at := dig.LocationForPC(reflect.ValueOf(eachConstructor).Pointer())
			w.provide("one", func() *alpha { return d.alpha("one") }, at, dig.Export(true), dig.FillProvideInfo(nil))
			w.provide("two", func() *beta { return d.beta("two") }, dig.Export(false), dig.LocationForPC(0))
		}),
	})
}

func TestWrong_provideOptions_are_refused_as_in_dig(t *testing.T) {
	t.Parallel()
	refusing := func(name string, opts ...dig.ProvideOption) row {
		return asking[*alpha](name, func(_ *diary, w wired) {
			w.provide("alpha", func() *alpha { return nil }, opts...)
		}).in(endsRefused)
	}
	type out struct {
		dig.Out
		Alpha *alpha
	}
	ofObject := func(name string, opt dig.ProvideOption) row {
		return asking[*alpha](name, func(_ *diary, w wired) { w.provide("out", func() out { return out{} }, opt) }).in(
			endsRefused)
	}
	twice := func(name string, first, second any, opts ...dig.ProvideOption) row {
		return asking[*alpha](name, func(_ *diary, w wired) {
			w.provide("first", first, opts...)
			w.provide("second", second, opts...)
		}).in(endsRefused)
	}
	newAlpha := func() *alpha { return nil }
	compareWithDig(t, []row{
		refusing("Name and Group", dig.Name("one"), dig.Group("all")),
		refusing("a Name with a backquote", dig.Name("`")),
		refusing("a Group with a backquote", dig.Group("`")),
		refusing("a Group with an unknown option", dig.Group("all,firm")),
		refusing("a soft Group", dig.Group("all,soft")),
		refusing("a Group to flatten of what is no slice", dig.Group("all,flatten")),
		refusing("As with what is no interface", dig.As(new(alpha))),
		refusing("As with an interface that is not implemented", dig.As(new(error))),
		refusing("As with an interface itself", dig.As(namer(nil))),
		refusing("As with nil", dig.As(nil)),
		refusing("As with no pointer", dig.As(1)),
		refusing("As with an interface twice", dig.As(new(namer), new(namer))),
		ofObject("Name of a result object", dig.Name("one")),
		ofObject("Group of a result object", dig.Group("all")),
		twice("a value twice", newAlpha, newAlpha),
		twice("a name twice", newAlpha, newAlpha, dig.Name("one")),
		twice("an interface twice", newAlpha, func() *beta { return nil }, dig.As(new(namer))),
		twice("one of several results twice", newAlpha, func() (*beta, *alpha) { return nil, nil }),
		twice("a field of a result object twice", newAlpha, func() out { return out{} }),
	})
}
