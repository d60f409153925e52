// Command constructor_bound does not compile: it binds a constructor instead of a handler.
package main

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type TakeSeat struct{ cqrs.Command }

type TakeSeatHandler struct{}

func NewTakeSeatHandler() *TakeSeatHandler { return &TakeSeatHandler{} }

func (h *TakeSeatHandler) Handle(context.Context, TakeSeat) error { return nil }

func main() {
	cqrs.BindCommand(new(cqrs.RequestMap), NewTakeSeatHandler)
}
