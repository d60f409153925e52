// Command wrong_result does not compile: a handler returns a different type
// than its query states.
package main

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type FindSeat struct {
	cqrs.Query[int]
	User string
}

type FindSeatHandler struct{}

func (h *FindSeatHandler) Handle(context.Context, FindSeat) (string, error) { return "1", nil }

func main() {
	cqrs.BindRequest[*FindSeatHandler](new(cqrs.RequestMap))
}
