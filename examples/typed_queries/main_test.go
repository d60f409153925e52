package main_test

import (
	"testing"

	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	program "github.com/digcqrs/digcqrs/examples/typed_queries"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}

func TestPictures(t *testing.T) {
	t.Parallel()
	m, err := program.NewMediator()
	render.AssertPictures(t, m.Topology(), err)
}
