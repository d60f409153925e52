package topology_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestParse(t *testing.T) {
	t.Parallel()
	t.Run("reads what json.Marshal writes", func(t *testing.T) {
		t.Parallel()
		want := topology.Application{
			Schema: topology.Schema, Requests: []topology.Request{{
				Message: "app.Join", Kind: topology.Command, Where: "app/main.go:1",
				Plan: topology.Plan{Kind: topology.Single, Handler: &topology.Handler{Type: "*app.JoinHandler"}},
			}}, Events: []topology.Event{}, Components: []topology.Component{},
		}
		data, err := json.Marshal(want)
		require.NoError(t, err)
		got, err := topology.Parse(data)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})

	t.Run("ignores fields that it does not know", func(t *testing.T) {
		t.Parallel()
		got, err := topology.Parse([]byte(`{"schema": 1, "color": "red"}`))
		require.NoError(t, err)
		assert.Equal(t, topology.Application{Schema: 1}, got)
	})
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		data   string
		reason error
	}{
		"empty":      {"", topology.ErrInvalid},
		"syntax":     {"{\n  \"schema\": 1,\n  \"requests\": [}\n", topology.ErrInvalid},
		"trailing":   {`{"schema": 1} {"schema": 1}`, topology.ErrInvalid},
		"type":       {"{\"schema\": 1,\n\"requests\": [{\"message\": 5}]}", topology.ErrInvalid},
		"no_object":  {`[1, 2]`, topology.ErrInvalid},
		"no_schema":  {`{"name": "app", "version": "1.0"}`, topology.ErrInvalid},
		"new_schema": {`{"schema": 2, "requests": "unknown"}`, topology.ErrSchema},
	}
	testkit.AssertErrorFiles(t, slices.Concat(slices.Collect(maps.Keys(tests)), messageTexts))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := topology.Parse([]byte(test.data))
			require.ErrorIs(t, err, test.reason)
			assert.Equal(t, topology.Application{}, got)
			var parse *topology.ParseError
			require.ErrorAs(t, err, &parse)
			assert.Equal(t, test.reason, parse.Reason)
			if parse.Err != nil {
				assert.ErrorIs(t, err, parse.Err)
			}
			testkit.AssertErrorText(t, name, err)
		})
	}
}
