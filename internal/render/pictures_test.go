package render_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/render"
)

// pictures are the files of this repository that have a suffix.
func pictures(t *testing.T, suffix string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	root := os.DirFS("../..")
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(path.Base(name), "."):
			return fs.SkipDir
		case strings.HasSuffix(name, suffix):
			text, err := fs.ReadFile(root, name)
			found[name] = string(text)
			return err
		}
		return nil
	}))
	require.NotEmpty(t, found)
	return found
}

// All pictures of Mermaid are drawn at the width of a page of 1200 pixels.
func TestPictures_Mermaid(t *testing.T) {
	t.Parallel()
	b := render.Open(t)
	for name, text := range pictures(t, ".mmd") {
		data, err := b.PNG(text, 1200)
		require.NoError(t, err, name)
		if dir := os.Getenv("PICTURES"); dir != "" { // to look at them
			require.NoError(t, os.WriteFile(path.Join(dir, strings.ReplaceAll(name, "/", "_")+".png"), data, 0o644))
		}
		p, err := b.Mermaid(text)
		require.NoError(t, err, name)
		assert.Empty(t, p.Cut, "%s: labels are cut", name)
		assert.Zero(t, p.Crossings, "%s: edges cross", name)
		assert.Greater(t, p.Scale, 0.6, "%s: labels are too small to read", name)
	}
}

func TestPictures_DOT(t *testing.T) {
	t.Parallel()
	for name, text := range pictures(t, ".dot") {
		_, err := render.Dot(t, text, "svg")
		require.NoError(t, err, name)
	}
}
