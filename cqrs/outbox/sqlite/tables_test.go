package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	"github.com/digcqrs/digcqrs/internal/sqloutbox/storetest"
)

func TestStore_Tables(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Tables {
		file := filepath.Join(t.TempDir(), "outbox.db")
		db := openDB(t, file, settings)
		return storetest.Tables{
			New: func(t testing.TB) storetest.Store {
				s, err := sqlite.NewStore(openDB(t, file, settings))
				require.NoError(t, err)
				return s
			},
			Tx: func(ctx context.Context, s storetest.Store, f func(cqrs.Journal) error) error {
				return inTx(ctx, db, s.(*sqlite.Store), f)
			},
			Exec: func(ctx context.Context, text string) error {
				_, err := db.ExecContext(ctx, text)
				return err
			},
		}
	})
}
