package resilience_test

import (
	"context"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

type (
	tick        struct{ cqrs.Command }
	tickHandler struct{}
)

func (*tickHandler) Handle(context.Context, tick) error { return nil }

// The cost of a policy that lets a message through is the difference from "none".
func BenchmarkPolicies(b *testing.B) {
	policies := resilience.Policies{
		Retry:          retrypolicy.NewBuilder[any](),
		CircuitBreaker: circuitbreaker.NewBuilder[any](),
		RateLimit:      ratelimiter.NewBurstyBuilder[any](1e9, time.Second),
		Bulkhead:       bulkhead.NewBuilder[any](1),
		Timeout:        time.Minute,
	}
	b.Run("failsafe-go alone, all", func(b *testing.B) {
		all := failsafe.With[any](policies.Retry.Build(), policies.CircuitBreaker.Build(), policies.RateLimit.Build(),
			policies.Bulkhead.Build(), timeout.New[any](time.Minute)).WithContext(b.Context())
		b.ReportAllocs()
		for b.Loop() {
			if err := all.Run(func() error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, bench := range []struct {
		name string
		resilience.Policies
	}{
		{"none", resilience.Policies{}},
		{"retry", resilience.Policies{Retry: policies.Retry}},
		{"circuit breaker", resilience.Policies{CircuitBreaker: policies.CircuitBreaker}},
		{"rate limit", resilience.Policies{RateLimit: policies.RateLimit}},
		{"bulkhead", resilience.Policies{Bulkhead: policies.Bulkhead}},
		{"timeout", resilience.Policies{Timeout: policies.Timeout}},
		{"all", policies},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := container.New()
			if err := c.ProvideAll(func() *tickHandler { return &tickHandler{} }); err != nil {
				b.Fatal(err)
			}
			m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
				cqrs.BindCommand[*tickHandler](m, cqrs.WithMiddleware(bench.Middleware()))
			}, nil)
			if err != nil {
				b.Fatal(err)
			}
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Send(ctx, tick{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
