package bootstrap_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/shop"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// topologyOf returns the description of the running application.
func topologyOf(t require.TestingT, app *shop.App) topology.Application {
	c, err := app.Container()
	require.NoError(t, err)
	m, err := bootstrap.New(c, app.BindRequests, app.BindEvents, app.Options...)
	require.NoError(t, err)
	return m.Topology()
}

// asJSON returns the JSON of an application, as a program would write it to a file.
func asJSON(t require.TestingT, a topology.Application) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(a))
	return b.String()
}

func TestMediator_Topology(t *testing.T) {
	t.Parallel()
	t.Run("is empty for a nil mediator and for an empty application", func(t *testing.T) {
		t.Parallel()
		want := topology.Application{
			Schema: topology.Schema, Requests: []topology.Request{}, Events: []topology.Event{},
			Components: []topology.Component{},
		}
		assert.Equal(t, want, (*cqrs.Mediator)(nil).Topology())
		m, err := bootstrap.New(container.New(), nil, nil)
		require.NoError(t, err)
		assert.Equal(t, want, m.Topology())
	})

	t.Run("describes everything, as text and as JSON", func(t *testing.T) {
		t.Parallel()
		app := topologyOf(t, shop.New())
		testkit.AssertGolden(t, filepath.Join("testdata", "topology", "shop.txt"), app.String())
		testkit.AssertGolden(t, filepath.Join("testdata", "topology", "shop.json"), asJSON(t, app))
	})

	t.Run("is the same after a round trip through JSON", func(t *testing.T) {
		t.Parallel()
		app := topologyOf(t, shop.New())
		parsed, err := topology.Parse([]byte(asJSON(t, app)))
		require.NoError(t, err)
		assert.Equal(t, app, parsed)
		assert.Equal(t, app.String(), parsed.String())
	})
}

func TestMediator_Topology_DoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	want := asJSON(t, topologyOf(t, shop.New()))
	rapid.Check(t, func(t *rapid.T) {
		app := shop.New()
		app.Constructors = rapid.Permutation(app.Constructors).Draw(t, "constructors")
		app.Requests = rapid.Permutation(app.Requests).Draw(t, "requests")
		app.Events = rapid.Permutation(app.Events).Draw(t, "events") // no two of the same event and mode
		assert.Equal(t, want, asJSON(t, topologyOf(t, app)))
	})
}

func TestMediator_Topology_OfALargeApplication(t *testing.T) {
	t.Parallel()
	const size = 500
	app := largeMediator(t, size).Topology()
	assert.Greater(t, len(app.Requests), size)
	assert.Greater(t, len(app.Components), 2*size)
	parsed, err := topology.Parse([]byte(asJSON(t, app)))
	require.NoError(t, err)
	assert.Equal(t, app, parsed)
}
