package main_test

import (
	"testing"

	"github.com/digcqrs/digcqrs/container"
	program "github.com/digcqrs/digcqrs/examples/domain_event_handler"
	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}

func TestPictures(t *testing.T) {
	t.Parallel()
	m, err := program.NewMediator(container.New())
	render.AssertPictures(t, m.Topology(), err)
}
