// The handlers of a chain answer the same request with the same type.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	ReadPrice struct{ cqrs.Query[int] }
	ReadName  struct{ cqrs.Query[string] }

	PriceHandler struct{}
	NameHandler  struct{}
)

func (h *PriceHandler) Handle(context.Context, ReadPrice) (int, error)  { return 0, nil }
func (h *NameHandler) Handle(context.Context, ReadName) (string, error) { return "", nil }

func bind(m *cqrs.RequestMap) {
	cqrs.BindTarget(m, cqrs.Chain(cqrs.RequestTarget[*PriceHandler](), cqrs.RequestTarget[*NameHandler]()))
}
