// Package outboxtest tests implementations of [outbox.Store], and is one itself, in memory.
//
// [Run] is the conformance suite. It covers each sentence that the documentation of the store
// and of [cqrs.Journal] contains, and when a case fails it says what would be lost or delivered
// twice. [RunRandom] draws operations at random and compares what a store does with a model.
//
//	func TestStore(t *testing.T) {
//		open := func(t *testing.T) outboxtest.Database {
//			db := openDatabase(t) // empty, removed when the test ends
//			store := NewStore(db)
//			return outboxtest.Database{
//				Store: store,
//				Tx: func(ctx context.Context, f func(cqrs.Journal) error) error {
//					tx, err := db.BeginTx(ctx, nil)
//					if err != nil {
//						return err
//					}
//					defer tx.Rollback()
//					if err := f(NewJournal(store, tx)); err != nil {
//						return err
//					}
//					return tx.Commit()
//				},
//			}
//		}
//		outboxtest.Run(t, open)
//		outboxtest.RunRandom(t, open, 20)
//	}
//
// # A store in memory
//
// [NewStore] returns a store for tests of an application without a database. A [Tx] stands in
// for the transaction of a request:
//
//	c.Provide(outboxtest.NewStore)
//	c.Provide(func(store *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
//		tx := store.Begin()
//		return tx, container.Transaction(tx)
//	}, container.Scoped())
//	c.Provide(outboxtest.NewJournal, container.Scoped())
//
// What a request writes appears when its Tx commits, and never if it is rolled back. Time is that
// of [time.Now], so a test in a bubble of testing/synctest does not wait for retries; elsewhere
// [Store.Advance] moves the clock.
package outboxtest
