// Package outbox delivers the events of durable subscriptions, and commands that are sent later,
// with nothing but the database of the application.
//
// A handler with [cqrs.Durable] must happen even if the process dies the moment after the request
// has committed. So the request stores the event in its own transaction, and a [Relay], in this
// process or in another, delivers it to each subscription until it succeeds:
//
//	func events(m *cqrs.EventMap) {
//		cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{
//			Name: "meeting.user_joined",
//			Key:  func(e UserJoined) string { return e.MeetingID },
//		})
//		cqrs.BindEvent[*RoomProjection](m, cqrs.Durable("room-projection", cqrs.InOrder()))
//		cqrs.BindEvent[*WelcomeMail](m, cqrs.Durable("welcome-mail"))
//	}
//
// The store and its journal come from one of the packages below this one: sqlite, postgres or
// mysql. The journal is made from the transaction of the request, so either both the changes of the
// request and its events are committed, or neither:
//
//	c.Provide(OpenDatabase)                          // *sql.DB
//	c.Provide(BeginTx, container.Scoped())           // *sql.Tx, with container.Transaction
//	c.Provide(sqlite.NewStore)                       // from the *sql.DB
//	c.Provide(sqlite.NewJournal, container.Scoped()) // from the store and the *sql.Tx
//
//	mediator, err := bootstrap.New(c, commands, events)
//	relay, err := outbox.NewRelay(store, mediator)
//	err = relay.Run(ctx) // until ctx ends
//
// The example of this package is a whole program.
//
// # What is guaranteed
//
// Each delivery is a request with a scope of its own, and its completion is a part of the scope's
// transaction. So a handler whose effect is in the same database has it exactly once for each
// event, whichever process dies and whenever. An effect elsewhere, such as a mail, happens at
// least once: [DeliveryID] returns a key by which the receiver can recognize a repetition.
//
// Deliveries are unordered and parallel, unless a subscription is [cqrs.InOrder]: then those with
// the same key are made one after the other, in the order in which they were stored.
//
// # Failures
//
// If a handler fails, panics or loses its connection, its transaction is rolled back, and the
// delivery is attempted again, after a wait that doubles each time: see [RetryPolicy]. In the
// meantime only its own key and subscription wait. After the last attempt the delivery is a dead
// letter: it is kept, with its error, until a person or a program requeues or discards it, and
// the next one of its key goes on. An error that wraps [ErrPermanent] makes it one at once.
//
// An event that cannot be decoded, or that nothing is registered for, is such a failure, too. A
// delivery to a subscription that the mediator does not have is left alone, for a relay that has
// it: during a deployment, old and new processes can run side by side.
//
// # Leases
//
// A relay leases the deliveries that it works on, and extends the leases while it does. If it
// dies, others take over when the leases expire; if it is stopped with its context, they can at
// once. A relay that has lost a lease, because it was suspended, say, cannot complete the delivery
// any more: the context of the handler is cancelled, and its transaction is rolled back.
//
// # Commands to be sent later
//
// A [Scheduler] stores a command in the transaction of the request, to be sent at a given time, by
// the same relay and with the same guarantees:
//
//	cqrs.RegisterCommand(m, cqrs.CommandType[Remind]{Name: "meeting.remind"})
//	...
//	id, err := h.scheduler.Schedule(ctx, Remind{MeetingID: c.MeetingID}, c.Begin.Add(-time.Hour))
//
// # Operation
//
// A relay reports each attempt to the observers of the mediator, so bootstrap's logger writes a
// line for it, at Debug if it has succeeded, at Warn if it has failed and at Error if the delivery is
// a dead letter now. [Store] has statistics, dead letters, pauses and purges; the command outboxctl
// offers them to operators, and package cqrs/telemetry as metrics.
//
// Records stay in the database after their delivery, until [Store.Purge] deletes them. [Retention]
// has the relay do that.
//
// # Tests
//
// [Relay.Drain] delivers everything that is due and returns, so a test needs no sleeps. Package
// outboxtest has a store in memory, and a suite for stores of your own.
package outbox
