package randomapp_test

import (
	"context"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Middleware that the container builds, by the number of the layer.
type (
	number0 struct{}
	number1 struct{}
	number2 struct{}

	scopedLayer[Number any] struct {
		world *realWorld
		id    int
		inner *inner
	}
	singletonLayer[Number any] struct {
		world *realWorld
		id    int
	}
)

func (l *scopedLayer[Number]) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return l.world.around(ctx, l.id, in, next)
}

func (l *singletonLayer[Number]) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return l.world.around(ctx, l.id, in, next)
}

// buildable has a function for each number that provides the middleware.
var buildable = [...]func(w *realWorld, l *layer) (cqrs.Middleware, error){
	provideLayer[number0], provideLayer[number1], provideLayer[number2],
}

func provideLayer[Number any](w *realWorld, l *layer) (cqrs.Middleware, error) {
	if l.built == singleton {
		return cqrs.Built[*singletonLayer[Number]](), w.container.Provide(func() *singletonLayer[Number] {
			return &singletonLayer[Number]{w, l.id}
		})
	}
	construct := func(ctx context.Context, i *inner) (*scopedLayer[Number], container.Finalizer, error) {
		n, err := w.construct(ctx, layerName(l.id))
		return &scopedLayer[Number]{w, l.id, i}, w.finalizer(layerName(l.id), n), err
	}
	return cqrs.Built[*scopedLayer[Number]](), w.container.Provide(construct, container.Scoped())
}
