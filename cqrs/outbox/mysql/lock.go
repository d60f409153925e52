package mysql

import (
	"context"
	"database/sql"
	"errors"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// migrationLock is held by the one process that migrates the tables with a prefix. A transaction cannot be
// the lock, since each statement that creates a table ends it.
type migrationLock struct {
	db     *sql.DB
	prefix string
}

// The name of a lock has at most 64 bytes, and counts for all databases of the server.
const (
	lock   = `SELECT GET_LOCK(LEFT(SHA2(CONCAT(DATABASE(), '.', ?), 256), 60), 60)`
	unlock = `DO RELEASE_LOCK(LEFT(SHA2(CONCAT(DATABASE(), '.', ?), 256), 60))`
)

// run runs fn under the lock, on the connection that has it.
func (m migrationLock) run(ctx context.Context, fn func(sqloutbox.Executor) error) (err error) {
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, lock, m.prefix).Scan(&got); err != nil {
		return err
	}
	if got.Int64 != 1 {
		return errors.New("another process has held the lock for a minute, or the connection has no database")
	}
	defer func() {
		_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), unlock, m.prefix)
		err = errors.Join(err, unlockErr)
	}()
	return fn(sqloutbox.Unprepared(conn))
}
