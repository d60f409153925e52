package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestPictures(t *testing.T) {
	t.Parallel()
	c := container.New()
	require.NoError(t, c.ProvideAll(NewJoinMeetingHandler, NewSeatHandler))
	require.NoError(t, c.Provide(BeginTx, container.Scoped()))
	m, err := bootstrap.New(c, commands, events)
	render.AssertPictures(t, m.Topology(), err)
}
