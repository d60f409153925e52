// Command query_bound_as_command does not compile: it binds a query with BindCommand.
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

func (h *FindSeatHandler) Handle(context.Context, FindSeat) (int, error) { return 1, nil }

func main() {
	cqrs.BindCommand[*FindSeatHandler](new(cqrs.RequestMap))
}
