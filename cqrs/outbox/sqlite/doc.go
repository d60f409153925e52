// Package sqlite keeps the outbox in a SQLite database, with any driver for database/sql.
//
//	db, err := sql.Open("sqlite", "file:app.db?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
//	store, err := sqlite.NewStore(db)
//	err = store.Migrate(ctx)
//
// A request needs its transaction and a journal in it:
//
//	c.Provide(func() *sqlite.Store { return store })
//	c.Provide(BeginTx, container.Scoped()) // *sql.Tx, with container.Transaction as its finalizer
//	c.Provide(sqlite.NewJournal, container.Scoped())
//
// # Settings
//
// [NewStore] rejects a database on which an outbox would not work:
//
//   - Transactions must take the write lock when they begin. One that reads before it writes would otherwise
//     fail if another one has written in between, whatever the timeout. With modernc.org/sqlite and
//     github.com/mattn/go-sqlite3 that is _txlock=immediate in the DSN.
//   - There must be a busy timeout, so that transactions wait for each other: _pragma=busy_timeout(5000) with
//     modernc.org/sqlite, _busy_timeout=5000 with github.com/mattn/go-sqlite3.
//   - The database must be a file, and SQLite 3.42 or later.
//
// A write-ahead log, journal_mode(WAL), is not required but much faster. With synchronous(FULL), the
// default, what is committed survives a power failure; with NORMAL the last commits before it may not.
//
// # Tables
//
// [Store.Migrate] creates the tables. Other tools can do it with the files in the folder migrations. They have the
// default names; [WithPrefix] is for others.
package sqlite
