package render

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// AssertPictures compares the pictures of an application, and those of each of its requests, with
// testdata/pictures. err is that of its wiring. A test of this package draws all pictures.
func AssertPictures(t testing.TB, a topology.Application, err error) {
	t.Helper()
	require.NoError(t, err)
	golden := func(name, text string) { testkit.AssertGolden(t, filepath.Join("testdata", "pictures", name), text) }
	golden("flowchart.mmd", a.Mermaid())
	golden("classes.mmd", a.MermaidClasses())
	golden("graph.dot", a.DOT())
	for _, r := range a.Requests {
		text, err := a.MermaidSequence(r.Message)
		require.NoError(t, err)
		golden("sequence_"+r.Message[strings.LastIndexByte(r.Message, '.')+1:]+".mmd", text)
	}
}
