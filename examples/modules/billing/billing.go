// Package billing is a feature that depends on the events of package orders.
package billing

import (
	"context"
	"errors"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/examples/modules/database"
	"github.com/digcqrs/digcqrs/examples/modules/orders"
)

// ErrNoPrice reports that the price of an item is not known.
var ErrNoPrice = errors.New("there is no price")

// Prices returns what items cost. The application provides it.
type Prices interface{ Of(item string) (int, bool) }

// Module is the feature.
var Module = bootstrap.Module{
	Name:         "billing",
	Constructors: []any{newInvoices},
	Events:       func(m *cqrs.EventMap) { cqrs.BindEvent[*invoices](m) },
}

type invoices struct {
	tx     *database.Tx
	prices Prices
}

func newInvoices(tx *database.Tx, prices Prices) *invoices {
	return &invoices{tx: tx, prices: prices}
}

func (h *invoices) Handle(_ context.Context, e orders.Placed) error {
	if _, known := h.prices.Of(e.Item); !known {
		return ErrNoPrice
	}
	h.tx.Insert("invoices", e.Item)
	return nil
}
