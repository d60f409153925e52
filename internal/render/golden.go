package render

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// AssertPictures compares the pictures of an application, and those of each of its requests, with
// testdata/pictures. It takes what bootstrap.New returns. A test of this package draws them all.
func AssertPictures(t testing.TB, m *cqrs.Mediator, err error) {
	t.Helper()
	require.NoError(t, err)
	a := m.Topology()
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
