// Command query_without_result does not compile: it passes a query to a method
// that returns no result.
package main

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type FindSeat struct {
	cqrs.Query[int]
	User string
}

func main() {
	var mediator *cqrs.Mediator
	err := mediator.Send(context.Background(), FindSeat{User: "Ann"})
	panic(err)
}
