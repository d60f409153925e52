package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// settingsTimeout is how long NewStore waits for other processes while it checks the settings.
const settingsTimeout = 10 * time.Second

// checkSettings returns an error if the connections of a database do not suit an outbox. It
// finds out by what they do, since each driver has its own settings.
func checkSettings(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, settingsTimeout)
	defer cancel()
	var version string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("%s: connect: %w", pkg, err)
	}
	if !recent(version) {
		return invalid("SQLite is version %s; use a driver with 3.42 or later", version)
	}
	var seq int
	var name, file string
	if err := db.QueryRowContext(ctx, "PRAGMA database_list").Scan(&seq, &name, &file); err != nil {
		return fmt.Errorf("%s: read the name of the file: %w", pkg, err)
	}
	if file == "" {
		return invalid("the database is in memory, which does not survive the process; " +
			"open a file")
	}
	var timeout int
	if err := db.QueryRowContext(ctx, "PRAGMA busy_timeout").Scan(&timeout); err != nil {
		return fmt.Errorf("%s: read the busy timeout: %w", pkg, err)
	}
	if timeout == 0 {
		return invalid("%s is opened without a busy timeout, so that transactions fail "+
			"instead of waiting for each other; with modernc.org/sqlite add _pragma=busy_timeout(5000) to the DSN, "+
			"with other drivers _busy_timeout=5000", file)
	}
	return checkLocking(ctx, db, file)
}

// recent reports whether a version of SQLite is 3.42 or later.
func recent(version string) bool {
	var major, minor int
	_, err := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return err == nil && (major > 3 || major == 3 && minor >= 42)
}

// checkLocking returns an error if a transaction takes its write lock only when it writes. Such a
// transaction fails if it has read before and another one has written meanwhile, whatever the timeout.
func checkLocking(ctx context.Context, db *sql.DB, file string) error {
	other, err := db.Driver().Open(dataSource(file))
	if err != nil {
		return fmt.Errorf("%s: open %s again to check its locks: %w", pkg, file, err)
	}
	defer func() { _ = other.Close() }()
	if err := exec(ctx, other, "PRAGMA busy_timeout = 0"); err != nil {
		return fmt.Errorf("%s: set the busy timeout: %w", pkg, err)
	}
	for {
		lockedByTx, lockedByOthers, err := tryLock(ctx, db, other)
		switch {
		case err != nil:
			return fmt.Errorf("%s: check the locks of %s: %w", pkg, file, err)
		case !lockedByTx:
			return invalid("transactions on %s do not take the write lock when they begin, so that "+
				"those that read before they write fail at random; with modernc.org/sqlite and "+
				"github.com/mattn/go-sqlite3 add _txlock=immediate to the DSN", file)
		case !lockedByOthers:
			return nil
		}
		select { // until another process has ended its transaction
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s: check the locks of %s: %w", pkg, file, ctx.Err())
		}
	}
}

// dataSource returns the name by which a driver opens a file, in which a question mark would begin the
// settings.
func dataSource(file string) string {
	if !strings.ContainsAny(file, "?%#") {
		return file
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
}

// tryLock tries to lock the database from another connection: while a transaction is open, and after it
// has ended, when only other processes can prevent it.
func tryLock(ctx context.Context, db *sql.DB, other driver.Conn) (lockedByTx, lockedByOthers bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, false, err
	}
	lockedByTx, err = isLocked(ctx, other)
	if err := errors.Join(err, tx.Rollback()); err != nil {
		return false, false, err
	}
	lockedByOthers, err = isLocked(ctx, other)
	return lockedByTx, lockedByOthers, err
}

// isLocked reports whether another connection has the write lock.
func isLocked(ctx context.Context, conn driver.Conn) (bool, error) {
	err := exec(ctx, conn, "BEGIN IMMEDIATE")
	if err == nil {
		return false, exec(ctx, conn, "ROLLBACK")
	}
	if strings.Contains(err.Error(), "locked") {
		return true, nil
	}
	return false, err
}

func exec(ctx context.Context, conn driver.Conn, text string) error {
	stmt, err := conn.Prepare(text)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	s, ok := stmt.(driver.StmtExecContext)
	if !ok {
		return fmt.Errorf("statements of the driver, %T, have no ExecContext", stmt)
	}
	_, err = s.ExecContext(ctx, nil)
	return err
}
