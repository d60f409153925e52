package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type DoorOpened struct {
	cqrs.DomainEvent
	Door string
}

type AlarmSystem struct{}

func NewAlarmSystem() *AlarmSystem { return &AlarmSystem{} }

func (*AlarmSystem) Handle(_ context.Context, e DoorOpened) error {
	fmt.Println("open:", e.Door)
	return nil
}

// Publish delivers events that no command has recorded. The events of one call
// share one request.
func Example_publish() {
	c := container.New()
	if err := c.Provide(NewAlarmSystem); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, nil, func(m *cqrs.EventMap) { cqrs.BindEvent[*AlarmSystem](m) })
	if err != nil {
		panic(err)
	}
	fmt.Println(mediator.Publish(context.Background(), DoorOpened{Door: "garage"}, DoorOpened{Door: "cellar"}))
	// Output:
	// open: garage
	// open: cellar
	// <nil>
}
