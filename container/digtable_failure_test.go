package container_test

import (
	"testing"

	"go.uber.org/dig"
)

func TestFailures_are_as_in_dig(t *testing.T) {
	t.Parallel()
	type in struct {
		dig.In
		Alpha *alpha `name:"one"`
	}
	type members struct {
		dig.In
		All []*alpha `group:"all"`
	}
	group := dig.Group("all")

	compareWithDig(t, []row{
		asking[*alpha]("nothing is provided", func(*diary, wired) {}).in(endsLacking),
		asking[*beta]("a parameter is missing", func(d *diary, w wired) {
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).in(endsLacking),
		asking[*delta]("something is missing deep down", func(d *diary, w wired) {
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
			w.provide("gamma", func(b *beta) *gamma { return d.gamma("gamma", b) })
			w.provide("delta", func(g *gamma) *delta { return d.delta("delta", g) })
		}).in(endsLacking),
		asking[in]("a value has no name", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
		}).in(endsLacking),
		asking[alpha]("a value is there as a pointer", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
		}).in(endsLacking),

		asking[*delta]("a constructor fails deep down", func(d *diary, w wired) {
			w.provide("alpha", func() (*alpha, error) { return d.alpha("alpha"), errTable })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
			w.provide("delta", func(b *beta) *delta { return d.delta("delta", b) })
		}).in(endsFailing),
		asking[*delta]("a constructor fails after others", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
			w.provide("beta", func() (*beta, error) { return d.beta("beta"), errTable })
			w.provide("gamma", func() *gamma { return d.gamma("gamma") })
			w.provide("delta", func(a *alpha, b *beta, g *gamma) *delta { return d.delta("delta", a, b, g) })
		}).in(endsFailing),
		asking[*alpha]("a constructor panics", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { d.make("alpha"); panic(errPanic) })
		}).in(endsInPanic),
		asking[*beta]("a constructor panics deep down", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { d.make("alpha"); panic(errPanic) })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).in(endsInPanic),
		asking[*beta]("a constructor panics, and dig recovers it", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { d.make("alpha"); panic(errPanic) })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).in(endsInPanic).with(dig.RecoverFromPanics()),

		asking[*alpha]("a constructor needs itself", func(d *diary, w wired) {
			w.provide("alpha", func(a *alpha) *alpha { return d.alpha("alpha", a) })
		}).in(endsCyclic),
		asking[*alpha]("two constructors need each other", func(d *diary, w wired) {
			w.provide("alpha", func(b *beta) *alpha { return d.alpha("alpha", b) })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).in(endsCyclic),
		asking[*alpha]("a constructor needs an optional value that needs it", func(d *diary, w wired) {
			w.provide("alpha", func(in struct {
				dig.In
				B *beta `optional:"true"`
			}) *alpha {
				return d.alpha("alpha", in.B)
			})
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).in(endsCyclic),
		asking[members]("a member needs its group", func(d *diary, w wired) {
			w.provide("one", func(in members) *alpha { return d.alpha("one", in.All) }, group)
		}).in(endsCyclic),
		asking[*beta]("a member needs what needs its group", func(d *diary, w wired) {
			w.provide("beta", func(in members) *beta { return d.beta("beta", in.All) })
			w.provide("one", func(b *beta) *alpha { return d.alpha("one", b) }, group)
		}).in(endsCyclic),
		asking[*alpha]("others need each other, whom nobody needs", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
			w.provide("beta", func(g *gamma) *beta { return d.beta("beta", g) })
			w.provide("gamma", func(b *beta) *gamma { return d.gamma("gamma", b) })
		}).in(endsCyclic).ofUnneeded(),
	})
}

func TestOptions_of_New_are_as_in_dig(t *testing.T) {
	t.Parallel()
	deferred := dig.DeferAcyclicVerification()
	compareWithDig(t, []row{
		asking[*beta]("RecoverFromPanics without a panic", func(d *diary, w wired) {
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).with(dig.RecoverFromPanics()),
		asking[*beta]("DeferAcyclicVerification without a cycle", func(d *diary, w wired) {
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
			w.provide("alpha", func() *alpha { return d.alpha("alpha") })
		}).with(deferred),
		asking[*alpha]("DeferAcyclicVerification with two that need each other", func(d *diary, w wired) {
			w.provide("alpha", func(b *beta) *alpha { return d.alpha("alpha", b) })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
		}).in(endsCyclic).with(deferred),
		asking[*alpha]("DeferAcyclicVerification with one that needs itself", func(d *diary, w wired) {
			w.provide("alpha", func(a *alpha) *alpha { return d.alpha("alpha", a) })
		}).in(endsCyclic).with(deferred),
		asking[*gamma]("DeferAcyclicVerification with a cycle that nobody needs", func(d *diary, w wired) {
			w.provide("alpha", func(b *beta) *alpha { return d.alpha("alpha", b) })
			w.provide("beta", func(a *alpha) *beta { return d.beta("beta", a) })
			w.provide("gamma", func() *gamma { return d.gamma("gamma") })
		}).in(endsCyclic).with(deferred).ofUnneeded(),
	})
}
