// Package postgres keeps the outbox in a PostgreSQL database, version 13 or later.
//
// With pgx, [NewStore] takes a pool and [NewJournal] a pgx.Tx:
//
//	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
//	store, err := postgres.NewStore(pool)
//	err = store.Migrate(ctx)
//
// A request needs its transaction and a journal in it:
//
//	c.Provide(func() *postgres.Store { return store })
//	c.Provide(BeginTx, container.Scoped()) // pgx.Tx, with a container.Finalizer
//	c.Provide(postgres.NewJournal, container.Scoped())
//
// With database/sql, [NewSQLStore] and [NewSQLJournal] do the same with a *sql.DB and a *sql.Tx. Both
// stores use the same tables.
//
// # Transactions
//
// The transactions of requests should be READ COMMITTED, the default. In those with a stricter isolation
// level, an event for an ordered subscription may not see that its key was emptied or filled
// meanwhile. The relay repairs keys that are stuck for this reason.
//
// A transaction that stays open for long, such as a report or a dump, keeps PostgreSQL from removing the rows of
// completed deliveries. The tables then grow, and claims become slower.
//
// # Tables
//
// [Store.Migrate] creates the tables. Other tools can do it with the files in the folder migrations. They have the
// default names; [WithPrefix] and [WithSchema] are for others.
package postgres
