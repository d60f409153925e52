package main_test

import (
	"testing"

	"go.uber.org/fx/fxtest"
	"go.uber.org/zap"

	program "github.com/digcqrs/digcqrs/examples/fx"
	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}

func TestPictures(t *testing.T) {
	t.Parallel()
	lc := fxtest.NewLifecycle(t)
	m, err := program.NewMediator(lc, zap.NewNop(), program.NewDatabase(lc))
	render.AssertPictures(t, m.Topology(), err)
}
