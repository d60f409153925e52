package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// A bindingUnit is a scoped value that notes for which message its request was opened.
type bindingUnit struct{}

func withUnit(a *app) {
	a.provide(func(b *cqrs.Binding) *bindingUnit {
		if b == nil {
			a.note("none")
		} else {
			a.note("%v %v", b.Kind(), b.Message())
		}
		return &bindingUnit{}
	}, container.Scoped())
}

func TestRequest_Binding(t *testing.T) {
	t.Parallel()

	start := func(t *testing.T) (*app, *cqrs.Mediator) {
		a := newApp(t)
		withUnit(a)
		command(a, func(ctx context.Context, h *self[nothing], _ Join) error { h.Record(Joined{}); return nil })
		request(a, func(context.Context, *self[*bindingUnit], Count) (int, error) { return 7, nil })
		stream(a, func(context.Context, *self[*bindingUnit], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error {
			_, err := cqrs.Send(ctx, h.need, Count{})
			return err
		})
		on[first](a, func(context.Context, *self[*bindingUnit], Joined) error { return nil })
		on[second](a, func(context.Context, *self[*bindingUnit], Left) error { return nil }, cqrs.AfterScope())
		return a, a.start()
	}

	for name, test := range map[string]struct {
		do   func(context.Context, *cqrs.Mediator) error
		want string
	}{
		"a command with a result": {func(ctx context.Context, m *cqrs.Mediator) error {
			_, err := cqrs.Send(ctx, m, Count{})
			return err
		}, "command cqrs_test.Count"},
		"a stream": {func(ctx context.Context, m *cqrs.Mediator) error {
			for _, err := range cqrs.Stream(ctx, m, Export{}) {
				require.NoError(t, err)
			}
			return nil
		}, "stream cqrs_test.Export"},
		"the outermost message of nested ones": {func(ctx context.Context, m *cqrs.Mediator) error {
			return m.Send(ctx, Leave{})
		}, "command cqrs_test.Leave"},
		"the command whose event is handled in the scope, though the command needs none": {
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Join{}) }, "command cqrs_test.Join",
		},
		"an event after the scope": {func(ctx context.Context, m *cqrs.Mediator) error {
			return m.Publish(ctx, Left{})
		}, "event cqrs_test.Left"},
		"no message, for Publish": {func(ctx context.Context, m *cqrs.Mediator) error {
			return m.Publish(ctx, Joined{})
		}, "none"},
		"no message, for Run": {func(ctx context.Context, m *cqrs.Mediator) error {
			return m.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
				_, err := cqrs.Send(ctx, s, Count{})
				return err
			})
		}, "none"},
	} {
		t.Run("is that of "+name, func(t *testing.T) {
			t.Parallel()
			a, m := start(t)
			require.NoError(t, test.do(t.Context(), m))
			assert.Equal(t, []string{test.want}, a.notes())
		})
	}
}
