package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}

// TestWiring fails if the wiring has changed. With WRITE_WIRING=1 it accepts the change.
func TestWiring(t *testing.T) {
	t.Parallel()
	const file = "testdata/wiring.json"
	app, err := Describe()
	require.NoError(t, err)
	if os.Getenv("WRITE_WIRING") != "" {
		data, err := json.MarshalIndent(app, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, data, 0o644))
	}
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	before, err := topology.Parse(data)
	require.NoError(t, err)
	assert.Equal(t, before.String(), app.String())
	assert.Equal(t, before, app)
}

func TestPictures(t *testing.T) {
	t.Parallel()
	app, err := Describe()
	render.AssertPictures(t, app, err)
}
