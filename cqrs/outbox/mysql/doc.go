// Package mysql keeps the outbox in a MariaDB database, version 10.6 or later, or in MySQL 8.0 or later, with
// github.com/go-sql-driver/mysql.
//
//	db, err := sql.Open("mysql", "user:password@tcp(localhost:3306)/app")
//	store, err := mysql.NewStore(db)
//	err = store.Migrate(ctx)
//
// A request needs its transaction and a journal in it:
//
//	c.Provide(func() *mysql.Store { return store })
//	c.Provide(BeginTx, container.Scoped()) // *sql.Tx, with container.Transaction as its finalizer
//	c.Provide(mysql.NewJournal, container.Scoped())
//
// # Transactions
//
// Begin the transactions of requests with READ COMMITTED, at least where there are ordered subscriptions:
//
//	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
//
// With REPEATABLE READ, the default, InnoDB also locks the gaps between the deliveries of different keys. The
// outbox stays correct, but some transactions fail with a deadlock, error 1213, and must be repeated. The
// relay does that for its deliveries, and the store for its own transactions.
//
// # Tables
//
// [Store.Migrate] creates the tables. Other tools can do it with the files in the folder migrations. They have the
// default names; [WithPrefix] is for others.
package mysql
