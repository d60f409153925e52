package bootstrap_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type OpenDoor struct{ cqrs.Command }

func NewOpenDoor() cqrs.CommandFunc[OpenDoor] {
	return func(context.Context, OpenDoor) error {
		fmt.Println("the door opens")
		return nil
	}
}

// Doorbell is an HTTP handler that the container builds.
type Doorbell struct{ mediator *cqrs.Mediator }

func NewDoorbell(m *cqrs.Mediator) *Doorbell { return &Doorbell{m} }

func (d *Doorbell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := d.mediator.Send(r.Context(), OpenDoor{}); err != nil {
		http.Error(w, "the door is stuck", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// A singleton that sends requests, such as an HTTP handler, asks for the mediator as for any
// other dependency.
func ExampleProvide() {
	c := container.New()
	if err := c.ProvideAll(NewOpenDoor, NewDoorbell); err != nil {
		fmt.Println(err)
		return
	}
	err := bootstrap.Provide(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[cqrs.CommandFunc[OpenDoor]](m)
	}, nil, bootstrap.WithLogger(zap.NewNop()))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = c.Invoke(func(d *Doorbell) {
		response := httptest.NewRecorder()
		d.ServeHTTP(response, httptest.NewRequest(http.MethodPost, "/bell", nil))
		fmt.Println(response.Code)
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// the door opens
	// 204
}
