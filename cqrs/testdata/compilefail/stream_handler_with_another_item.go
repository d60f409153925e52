// A handler of a stream yields the items that its message states.
package app

import (
	"context"
	"iter"

	"github.com/digcqrs/digcqrs/cqrs"
)

type Export struct{ cqrs.StreamOf[int] }

type ExportHandler struct{}

func (h *ExportHandler) Handle(context.Context, Export) iter.Seq2[string, error] { return nil }

func bind(m *cqrs.RequestMap) { cqrs.BindStream[*ExportHandler](m) }
