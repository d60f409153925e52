package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	program "github.com/digcqrs/digcqrs/examples/seeing_an_application"
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

func TestProgram_WritesPictures(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pictures")
	printed, err := exec.CommandContext(t.Context(), "go", "run", ".", dir).CombinedOutput()
	require.NoError(t, err, "%s", printed)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		want, err := os.ReadFile(filepath.Join("testdata", "pictures", f.Name()))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), f.Name())
	}
}
