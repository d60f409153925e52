package container_test

import (
	"testing"

	"go.uber.org/dig"
)

// typedError is an error with its own type.
type typedError struct{}

func (*typedError) Error() string { return "typed" }
func (*typedError) Unwrap() error { return errTable }

func TestResults_are_as_in_dig(t *testing.T) {
	t.Parallel()
	type in struct {
		dig.In
		Alpha *alpha
		Beta  *beta
	}
	type Inner struct {
		dig.Out
		Alpha *alpha
		Spare *alpha `name:"spare"`
	}
	type outer struct {
		dig.Out
		Inner Inner
		Beta  *beta
	}
	type embedding struct {
		Inner
		Beta *beta
	}
	type names struct {
		dig.In
		Plain *alpha
		Spare *alpha `name:"spare"`
		Beta  *beta
	}

	compareWithDig(t, []row{
		asking[in]("several results of one call", func(d *diary, w wired) {
			w.provide("both", func() (*alpha, *beta) { return d.alpha("both"), d.beta("again") })
		}),
		asking[*beta]("results of which one is needed", func(d *diary, w wired) {
			w.provide("both", func() (*alpha, *beta) { return d.alpha("both"), d.beta("again") })
		}),
		asking[in]("an error that is nil, last", func(d *diary, w wired) {
			w.provide("both", func() (*alpha, *beta, error) { return d.alpha("both"), d.beta("again"), nil })
		}),
		asking[in]("an error that is nil, first", func(d *diary, w wired) {
			//lint:ignore ST1008 dig accepts an error at any position
			w.provide("both", func() (error, *alpha, *beta) { return nil, d.alpha("both"), d.beta("again") })
		}),
		asking[in]("an error in the middle", func(d *diary, w wired) {
			//lint:ignore ST1008 dig accepts an error at any position
			w.provide("both", func() (*alpha, error, *beta) { return d.alpha("both"), errTable, d.beta("again") })
		}).in(endsFailing),
		asking[in]("the second of two errors", func(d *diary, w wired) {
			w.provide("both", func() (*alpha, error, *beta, error) {
				return d.alpha("both"), nil, d.beta("again"), errTable
			})
		}).in(endsFailing),
		asking[*alpha]("an error of a type of its own", func(d *diary, w wired) {
			w.provide("alpha", func() (*alpha, *typedError) { return d.alpha("alpha"), &typedError{} })
		}).in(endsFailing),
		asking[*alpha]("a nil of such a type, which is an error", func(d *diary, w wired) {
			w.provide("alpha", func() (*alpha, *typedError) { return d.alpha("alpha"), nil })
		}).in(endsFailing),
		asking[*alpha]("an error beside which nothing is kept", func(d *diary, w wired) {
			w.provide("alpha", func() (*alpha, error) { return d.alpha("alpha"), errTable })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).in(endsFailing),

		asking[names]("result objects in result objects", func(d *diary, w wired) {
			w.provide("outer", func() outer {
				return outer{Inner: Inner{Alpha: d.alpha("outer"), Spare: d.alpha("spare")}, Beta: d.beta("last")}
			})
		}),
		asking[names]("a struct that embeds a result object", func(d *diary, w wired) {
			w.provide("embedding", func() (embedding, error) {
				return embedding{Inner: Inner{Alpha: d.alpha("outer"), Spare: d.alpha("spare")}, Beta: d.beta("last")}, nil
			})
		}),
		asking[names]("a result object beside other results", func(d *diary, w wired) {
			w.provide("both", func() (Inner, *beta) {
				return Inner{Alpha: d.alpha("inner"), Spare: d.alpha("spare")}, d.beta("last")
			})
		}),
		asking[names]("a result object of which some is nil", func(d *diary, w wired) {
			w.provide("both", func() (Inner, *beta) { d.make("both"); return Inner{}, nil })
		}),
		asking[in]("values that are nil", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { d.make("alpha"); return nil })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}),
		asking[namer]("an interface that is nil", func(d *diary, w wired) {
			w.provide("namer", func() namer { d.make("namer"); return nil })
		}),
		asking[struct {
			dig.In
			Struct struct{ N int }
			Array  [2]string
			Number int
			Func   func(int) int
			Chan   chan int
		}]("values of all kinds", func(d *diary, w wired) {
			w.provide("five", func() (struct{ N int }, [2]string, int, func(int) int, chan int) {
				d.make("five")
				return struct{ N int }{3}, [2]string{"a", "b"}, 7, func(n int) int { return n }, make(chan int)
			})
		}),
	})
}

func TestWrong_results_are_refused_as_in_dig(t *testing.T) {
	t.Parallel()
	refusing := func(name string, ctor any) row {
		return asking[*beta](name, func(_ *diary, w wired) { w.provide("beta", ctor) }).in(endsRefused)
	}
	type in struct {
		dig.In
		Beta *beta
	}
	type out struct {
		dig.Out
		Beta *beta
	}
	type embedsPointer struct {
		*dig.Out
		Beta *beta
	}
	compareWithDig(t, []row{
		refusing("no result", func() {}),
		refusing("only an error", func() error { return nil }),
		refusing("a parameter object", func() in { return in{} }),
		refusing("a pointer to a parameter object", func() *in { return nil }),
		refusing("a pointer to a result object", func() *out { return nil }),
		refusing("a result object that embeds a pointer", func() embedsPointer { return embedsPointer{} }),
		refusing("the same type twice", func() (*beta, *beta) { return nil, nil }),
		refusing("the same name twice", func() (s struct {
			dig.Out
			A, B *beta `name:"b"`
		}) {
			return s
		}),
		refusing("an unexported field", func() (s struct {
			dig.Out
			b *beta
		}) {
			return s
		}),
		refusing("an error in a result object", func() (s struct {
			dig.Out
			Err error
		}) {
			return s
		}),
		refusing("a soft group", func() (s struct {
			dig.Out
			B *beta `group:"all,soft"`
		}) {
			return s
		}),
		refusing("a group to flatten that is no slice", func() (s struct {
			dig.Out
			B *beta `group:"all,flatten"`
		}) {
			return s
		}),
		refusing("a group with a name", func() (s struct {
			dig.Out
			B *beta `group:"all" name:"b"`
		}) {
			return s
		}),
		refusing("an optional group", func() (s struct {
			dig.Out
			B *beta `group:"all" optional:"true"`
		}) {
			return s
		}),
		refusing("a group with an unknown option", func() (s struct {
			dig.Out
			B *beta `group:"all,firm"`
		}) {
			return s
		}),
	})
}
