package telemetry_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// scenario is something that an application does, and the resulting spans.
type scenario struct {
	name   string
	script script
	do     func(ctx context.Context, o *observed) error // nil to place an order
	fails  bool
	want   string
}

func drain(o *observed, ctx context.Context) error {
	for _, err := range cqrs.Stream(ctx, o, exportOrders) {
		if err != nil {
			return err
		}
	}
	return nil
}

func scenarios() []scenario {
	return slices.Concat(requestScenarios(), streamScenarios(), publishScenarios())
}

type appKey struct{}

// Changed is an event about another message.
type Changed[M any] struct{ cqrs.DomainEvent }

// inSpan does something in a span of the application.
func inSpan(name string, do func(context.Context, *self) error) func(context.Context, *self) error {
	return func(ctx context.Context, h *self) error {
		ctx, span := ctx.Value(appKey{}).(*observed).tracer.Tracer("test").Start(ctx, name)
		defer span.End()
		return do(ctx, h)
	}
}

// run makes the application do what the scenario describes.
func (s scenario) run(t *testing.T) *observed {
	t.Helper()
	o := shop(t, s.script)
	do := s.do
	if do == nil {
		do = func(ctx context.Context, o *observed) error { return o.Send(ctx, placeOrder) }
	}
	err := do(context.WithValue(t.Context(), appKey{}, o), o)
	require.Equal(t, s.fails, err != nil, "%v", err)
	return o
}

func TestSpans(t *testing.T) {
	t.Parallel()

	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, strings.TrimPrefix(s.want, "\n"), treesOf(t, s.run(t)))
		})
	}

	t.Run("name generic types without import paths", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(func() cqrs.EventFunc[Changed[MailSent]] {
			return func(context.Context, Changed[MailSent]) error { return nil }
		}))
		o, middleware := observe(t)
		o.start(t, c, nil, func(m *cqrs.EventMap) { cqrs.BindEvent[cqrs.EventFunc[Changed[MailSent]]](m) },
			bootstrap.WithMiddleware(middleware))
		require.NoError(t, o.Publish(t.Context(), Changed[MailSent]{}))
		assert.Equal(t, "event Changed[MailSent] to cqrs.EventFunc[Changed[MailSent]]: ok\n", treesOf(t, o))
	})
}
