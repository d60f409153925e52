package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	PlantTree struct {
		cqrs.Command
		Kind string
	}
	TreePlanted struct {
		cqrs.DomainEvent
		Kind string
	}
)

// PlantTreeHandler embeds EventRecorder, so it can record events. They are
// dispatched to their handlers only if it succeeds.
type PlantTreeHandler struct{ cqrs.EventRecorder }

func NewPlantTreeHandler() *PlantTreeHandler { return &PlantTreeHandler{} }

func (h *PlantTreeHandler) Handle(_ context.Context, c PlantTree) error {
	h.Record(TreePlanted{Kind: c.Kind})
	fmt.Println("planting:", c.Kind)
	return nil
}

// MapOfTrees is one of two handlers of TreePlanted. They run in the order in which they are bound.
type MapOfTrees struct{}

func NewMapOfTrees() *MapOfTrees { return &MapOfTrees{} }

func (*MapOfTrees) Handle(_ context.Context, e TreePlanted) error {
	fmt.Println("on the map:", e.Kind)
	return nil
}

type WateringPlan struct{}

func NewWateringPlan() *WateringPlan { return &WateringPlan{} }

func (*WateringPlan) Handle(_ context.Context, e TreePlanted) error {
	fmt.Println("to be watered:", e.Kind)
	return nil
}

// A command handler records an event, which any number of event handlers receive.
func Example_events() {
	c := container.New()
	if err := c.ProvideAll(NewPlantTreeHandler, NewMapOfTrees, NewWateringPlan); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PlantTreeHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*MapOfTrees](m)
		cqrs.BindEvent[*WateringPlan](m)
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(mediator.Send(context.Background(), PlantTree{Kind: "lime"}))
	// Output:
	// planting: lime
	// on the map: lime
	// to be watered: lime
	// <nil>
}
