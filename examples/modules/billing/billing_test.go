package billing_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/examples/modules/billing"
	"github.com/digcqrs/digcqrs/examples/modules/database"
	"github.com/digcqrs/digcqrs/examples/modules/orders"
)

type fakePrices map[string]int

func (p fakePrices) Of(item string) (int, bool) {
	price, known := p[item]
	return price, known
}

// The module is tested without the one whose events it handles.
func TestModule(t *testing.T) {
	t.Parallel()
	c := container.New()
	require.NoError(t, c.ProvideAll(func() billing.Prices { return fakePrices{"tea": 300} }))
	mediator, err := bootstrap.New(c, nil, nil,
		bootstrap.WithLogger(zaptest.NewLogger(t)),
		bootstrap.WithModules(database.Module, billing.Module))
	require.NoError(t, err)

	require.NoError(t, mediator.Publish(t.Context(), orders.Placed{Item: "tea"}))
	assert.ErrorIs(t, mediator.Publish(t.Context(), orders.Placed{Item: "gold"}), billing.ErrNoPrice)
}
