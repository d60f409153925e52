package meetings

import (
	"context"
	"database/sql"
	"errors"

	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	_ "modernc.org/sqlite"
)

// OpenDatabase opens the file, and creates the tables.
func OpenDatabase(ctx context.Context, file string) (*sql.DB, *sqlite.Store, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlite.NewStore(db)
	if err == nil {
		err = store.Migrate(ctx)
	}
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS members (meeting TEXT, user TEXT)",
		"CREATE TABLE IF NOT EXISTS rooms (meeting TEXT PRIMARY KEY, taken INTEGER)",
		"CREATE TABLE IF NOT EXISTS statistics (joined INTEGER)",
		"INSERT INTO statistics SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM statistics)",
	} {
		if err == nil {
			_, err = db.ExecContext(ctx, statement)
		}
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, store, nil
}
