package container_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

type (
	vizDatabase struct{}
	vizTx       struct{}
	vizUser     struct{}
	vizRole     struct{}
	vizPlugin   interface{ plug() }
	vizHandler  struct{}
	vizClock    struct{}
)

func newVizClock() *vizClock                                       { return &vizClock{} }
func newVizDatabase(*vizClock) (*vizDatabase, container.Finalizer) { return &vizDatabase{}, nil }
func newVizTx(*vizDatabase) *vizTx                                 { return &vizTx{} }
func newVizUser(*vizTx) (*vizUser, *vizRole, error)                { return &vizUser{}, &vizRole{}, nil }
func newVizScopedPlugin(*vizTx) vizPlugin                          { return nil }
func newVizPlugin(*vizDatabase) vizPlugin                          { return nil }
func decorateVizDatabase(d *vizDatabase) *vizDatabase              { return d }

type vizDeps struct {
	dig.In
	Tx      *vizTx      `name:"main"`
	Plugins []vizPlugin `group:"plugins"`
}

func newVizHandler(vizDeps, *vizUser) *vizHandler { return &vizHandler{} }

// What dig itself prints of a container is documented in the package.
func TestVisualize(t *testing.T) {
	t.Parallel()
	raw := dig.New()
	require.NoError(t, raw.Provide(newVizClock))
	c := container.Wrap(raw)
	require.NoError(t, c.ProvideAll(newVizDatabase, newVizHandler))
	require.NoError(t, c.Provide(newVizTx, container.Scoped(), dig.Name("main")))
	require.NoError(t, c.Provide(newVizUser, container.Scoped()))
	require.NoError(t, c.Provide(func(*vizClock) *vizTx { return nil }, container.Scoped()))
	require.NoError(t, c.Provide(newVizScopedPlugin, container.Scoped(), dig.Group("plugins")))
	require.NoError(t, c.Provide(newVizPlugin, dig.Group("plugins")))
	require.NoError(t, c.Decorate(decorateVizDatabase))

	visualize := func() string {
		var b bytes.Buffer
		require.NoError(t, dig.Visualize(raw, &b))
		return b.String()
	}
	before, printed := visualize(), sortedLines(raw.String())
	testkit.AssertGolden(t, filepath.Join("testdata", "visualize", "graph.dot"), before)
	testkit.AssertGolden(t, filepath.Join("testdata", "visualize", "string.txt"), printed)

	// Describing changes nothing of it.
	_, err := c.Describe([]wiring.Root{rootOf[*vizHandler]()})
	require.NoError(t, err)
	assert.Equal(t, before, visualize())
	assert.Equal(t, printed, sortedLines(raw.String()))

	// Building the singletons of a group adds its stub once more.
	_, err = c.Compile([]wiring.Root{rootOf[*vizHandler]()})
	require.NoError(t, err)
	testkit.AssertGolden(t, filepath.Join("testdata", "visualize", "compiled.dot"), visualize())
}

// sortedLines returns a text of dig, which has no order, in one.
func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.TrimSpace(strings.Join(lines, "\n")) + "\n"
}
