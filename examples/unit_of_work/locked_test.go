package main_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// A handler that sends through the mediator has two transactions, which SQLite does not let write at
// the same time.
func TestMediatorInHandler(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "room.db")+"?_pragma=busy_timeout(10)")
	require.NoError(t, err)
	var mediator *cqrs.Mediator
	c := container.New()
	require.NoError(t, errors.Join(
		c.ProvideAll(NewAddMember, func(tx *sql.Tx) cqrs.CommandFunc[AddTwice] {
			return func(ctx context.Context, _ AddTwice) error {
				if _, err := tx.ExecContext(ctx, "CREATE TABLE room (seats)"); err != nil {
					return err
				}
				return mediator.Send(ctx, AddMember{})
			}
		}),
		c.Provide(func(ctx context.Context) (*sql.Tx, container.Finalizer, error) {
			tx, err := db.BeginTx(ctx, nil)
			return tx, container.Transaction(tx, sql.ErrTxDone), err
		}, container.Scoped()),
	))
	mediator, err = bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[cqrs.CommandFunc[AddMember]](m)
		cqrs.BindCommand[cqrs.CommandFunc[AddTwice]](m)
	}, nil)
	require.NoError(t, err)
	assert.ErrorContains(t, mediator.Send(t.Context(), AddTwice{}), "database is locked (5) (SQLITE_BUSY)")
	require.NoError(t, db.Close())
}

type AddTwice struct{ cqrs.Command }
