package render_test

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/render"
)

func TestBrowser(t *testing.T) {
	t.Parallel()
	b := render.Open(t)

	t.Run("draws what Mermaid understands", func(t *testing.T) {
		p, err := b.Mermaid("flowchart LR\n  a[\"An <b>old</b> &lt;label&gt;\"] --> b")
		require.NoError(t, err)
		assert.Contains(t, p.Labels, "An old <label>")
		assert.Contains(t, p.Labels, "b")
		assert.Empty(t, p.Cut)
	})
	t.Run("reports a mistake, and goes on", func(t *testing.T) {
		_, err := b.Mermaid("flowchart LR\n  a[[[ --> b")
		require.ErrorContains(t, err, "Parse error on line 2")
		_, err = b.Mermaid("sequenceDiagram\n  A->>B: Hello")
		require.NoError(t, err)
	})
	t.Run("reports an empty picture", func(t *testing.T) {
		_, err := b.Mermaid("flowchart LR")
		require.ErrorContains(t, err, "the picture is empty")
	})
	t.Run("counts crossings", func(t *testing.T) {
		p, err := b.Mermaid("flowchart LR\n  a --> x & y & z\n  b --> x & y & z\n  c --> x & y & z")
		require.NoError(t, err)
		assert.Positive(t, p.Crossings)
		p, err = b.Mermaid("flowchart LR\n  a --> x & y & z\n  x & y & z --> b")
		require.NoError(t, err)
		assert.Zero(t, p.Crossings)
	})
	t.Run("writes a picture of the width of the page", func(t *testing.T) {
		data, err := b.PNG("flowchart LR\n  a --> b", 1200)
		require.NoError(t, err)
		image, err := png.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		assert.Equal(t, 1200, image.Bounds().Dx())
		assert.Less(t, image.Bounds().Dy(), 400)
	})
}

func TestDot(t *testing.T) {
	t.Parallel()
	svg, err := render.Dot(t, "digraph { a -> b }", "svg")
	require.NoError(t, err)
	assert.Contains(t, string(svg), ">a</text>")
	_, err = render.Dot(t, "digraph { a -> ", "svg")
	require.ErrorContains(t, err, "syntax error")
}
