package main_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	program "github.com/digcqrs/digcqrs/examples/testing"
	"github.com/digcqrs/digcqrs/examples/testing/shop"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}

func TestPictures(t *testing.T) {
	t.Parallel()
	c := container.New()
	require.NoError(t, c.ProvideAll(program.NewCards, program.NewPrinter))
	m, err := shop.New(c)
	render.AssertPictures(t, m.Topology(), err)
}
