package cqrs_test

import (
	"context"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestPanic_Nil runs itself again with the panicnil setting of programs for Go 1.20.
func TestPanic_Nil(t *testing.T) {
	if os.Getenv("GODEBUG") != "panicnil=1" {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPanic_Nil$", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG=panicnil=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), "--- PASS: TestPanic_Nil/in_a_finalizer")
		return
	}
	blow := func(context.Context) { panic(nil) }
	around := func(ctx context.Context, _ *cqrs.Invocation, _ cqrs.Next) (any, error) { blow(ctx); return nil, nil }
	for name, test := range map[string]struct {
		build func(a *app)
		opts  []bootstrap.Option
		send  func(*cqrs.Mediator) error
	}{
		"in a handler": {build: func(a *app) {
			command(a, func(ctx context.Context, _ *self[nothing], _ Join) error { blow(ctx); return nil })
		}},
		"in a handler with a scope": {build: func(a *app) {
			a.withTx()
			command(a, func(ctx context.Context, _ *self[*tx], _ Join) error { blow(ctx); return nil })
		}},
		"in a constructor": {build: func(a *app) {
			a.provide(func() *int { panic(nil) }, container.Scoped())
			command(a, func(context.Context, *self[*int], Join) error { return nil })
		}},
		"in a middleware": {build: func(a *app) { joinRecords(a) }, opts: []bootstrap.Option{with(around)}},
		"in a middleware around the scope": {build: func(a *app) { joinRecords(a) },
			opts: []bootstrap.Option{aroundScope(around)}},
		"in an event handler": {build: func(a *app) {
			joinRecords(a, joined(1)...)
			on[first](a, func(ctx context.Context, _ *self[nothing], _ Joined) error { blow(ctx); return nil })
		}},
		"in a finalizer": {build: func(a *app) {
			withFinalizer[int](a, func(ctx context.Context, _ error) error { blow(ctx); return nil })
			command(a, func(context.Context, *self[*int], Join) error { return nil })
		}},
		"in a stream": {build: func(a *app) {
			stream(a, func(ctx context.Context, _ *self[nothing], _ Export) iter.Seq2[int, error] {
				return func(func(int, error) bool) { blow(ctx) }
			})
		}, send: func(m *cqrs.Mediator) error {
			_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
			return err
		}},
		"in the function passed to Run": {build: func(*app) {}, send: func(m *cqrs.Mediator) error {
			return m.Run(t.Context(), func(ctx context.Context, _ cqrs.Sender) error { blow(ctx); return nil })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			test.build(a)
			m := a.start(test.opts...)
			if test.send == nil {
				test.send = func(m *cqrs.Mediator) error { return m.Send(t.Context(), Join{}) }
			}
			err := test.send(m)
			var p *cqrs.PanicError
			require.ErrorAs(t, err, &p)
			var want *runtime.PanicNilError
			assert.ErrorAs(t, err, &want)
			assert.NotContains(t, a.notes(), "commit 1")
		})
	}
}
