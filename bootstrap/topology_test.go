package bootstrap_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/topology"
)

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
}
