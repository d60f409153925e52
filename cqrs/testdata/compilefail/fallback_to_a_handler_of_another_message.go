// Both handlers of a fallback handle the same message.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	PayByCard struct{ cqrs.Command }
	PayCash   struct{ cqrs.Command }

	CardHandler struct{}
	CashHandler struct{}
)

func (h *CardHandler) Handle(context.Context, PayByCard) error { return nil }
func (h *CashHandler) Handle(context.Context, PayCash) error   { return nil }

func bind(m *cqrs.RequestMap) {
	cqrs.BindTarget(m, cqrs.Fallback(cqrs.CommandTarget[*CardHandler](), cqrs.CommandTarget[*CashHandler](), nil))
}
