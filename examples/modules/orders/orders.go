// Package orders is a feature. Its messages and its module are what other packages see.
package orders

import (
	"context"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/examples/modules/database"
)

// Place places an order.
type Place struct {
	cqrs.Command
	Item string
}

// Placed reports that an order has been placed.
type Placed struct {
	cqrs.DomainEvent
	Item string
}

// Module is the feature.
var Module = bootstrap.Module{
	Name:         "orders",
	Constructors: []any{newPlaceHandler},
	Commands:     func(m *cqrs.RequestMap) { cqrs.BindCommand[*placeHandler](m) },
}

type placeHandler struct {
	cqrs.EventRecorder
	tx *database.Tx
}

func newPlaceHandler(tx *database.Tx) *placeHandler { return &placeHandler{tx: tx} }

func (h *placeHandler) Handle(_ context.Context, c Place) error {
	h.tx.Insert("orders", c.Item)
	h.Record(Placed{Item: c.Item})
	return nil
}
