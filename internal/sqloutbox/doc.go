// Package sqloutbox implements the outbox over SQL, once for all databases. What differs between
// databases is in a [Dialect]: its statements, which are ordinary SQL, and how it locks.
//
// # Tables
//
// A record is one row of events, and one row of deliveries for each subscription. A delivery that
// has succeeded is deleted; the record stays until it is purged.
//
// A relay claims a delivery by writing a lease and a random token into it. No index has these
// columns, so that a lease does not touch any. Whoever completes a delivery or records that it has
// failed names the token: if another relay has claimed the delivery meanwhile, no row has it.
//
// # Order
//
// Only claimable deliveries are claimed. An unordered delivery is claimable until it is dead. Of an
// ordered subscription only the first living delivery of each key is, its head. Completing the
// head, or giving it up, promotes the next one; appending to a key makes the new delivery claimable
// if the key has no living one. Both lock the key first, and locks are taken in one order.
package sqloutbox
