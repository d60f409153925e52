package main_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	program "github.com/digcqrs/digcqrs/examples/durable_events"
	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	"github.com/digcqrs/digcqrs/internal/render"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}

func TestPictures(t *testing.T) {
	t.Parallel()
	db, err := program.OpenDatabase(t.Context(), filepath.Join(t.TempDir(), "meeting.db"))
	require.NoError(t, err)
	defer db.Close()
	store, err := sqlite.NewStore(db)
	require.NoError(t, err)
	m, err := program.NewMediator(db, store, func(string) {})
	render.AssertPictures(t, m.Topology(), err)
}
