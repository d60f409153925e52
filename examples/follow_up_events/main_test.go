package main_test

import (
	"testing"

	program "github.com/digcqrs/digcqrs/examples/follow_up_events"
	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}

func TestPictures(t *testing.T) {
	t.Parallel()
	m, err := program.NewMediator(&program.Store{})
	render.AssertPictures(t, m.Topology(), err)
}
