// Package order is one of two packages with the same name and the same contents, for
// tests of texts that have to distinguish them.
package order

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	// Place is a command.
	Place struct{ cqrs.Command }
	// Placed is an event.
	Placed struct{ cqrs.DomainEvent }
	// Repo is a dependency of handlers.
	Repo struct{}
	// PlaceHandler handles [Place].
	PlaceHandler struct{ cqrs.EventRecorder }
	// PlacedHandler handles [Placed].
	PlacedHandler struct{ cqrs.EventRecorder }
)

// Handle does nothing.
func (*PlaceHandler) Handle(context.Context, Place) error { return nil }

// Handle does nothing.
func (*PlacedHandler) Handle(context.Context, Placed) error { return nil }
