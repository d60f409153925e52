package outbox

import (
	"context"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Store is the outbox of a database, as a relay and its operators see it. Package
// outboxtest tests an implementation. All methods are safe for concurrent use, by any number of
// processes, and use the clock of the database. An error means that nothing was changed.
type Store interface {
	// Check returns an error if the tables are missing or of a version that the store cannot use.
	Check(ctx context.Context) error
	// Database returns the identity of the database, which its journals return too.
	Database(ctx context.Context) (string, error)

	// Claim leases deliveries that are due, oldest first, for each subscription at most as many as
	// wanted, and returns them in that order. It leaves out deliveries that are leased, paused, dead
	// or, in an ordered subscription, behind another one with their key.
	Claim(ctx context.Context, wants []Want, lease time.Duration) ([]Delivery, error)
	// Extend makes leases last for the given time from now, and returns the claims that are lost.
	Extend(ctx context.Context, claims []cqrs.Claim, lease time.Duration) (lost []cqrs.Claim, err error)
	// Release ends leases, so that others can claim the deliveries at once. It does not count
	// as an attempt, and ignores lost claims.
	Release(ctx context.Context, claims []cqrs.Claim) error
	// Fail ends a lease and records a failed attempt. If the claim is lost, the error wraps
	// [cqrs.ErrLeaseLost].
	Fail(ctx context.Context, claim cqrs.Claim, f Failure) error
	// Repair makes deliverable the first delivery of each key that has none, and returns how many
	// there were. That happens only if an application's transaction has worked on an old snapshot.
	Repair(ctx context.Context) (int, error)

	// Stats returns one entry for each subscription that has deliveries or is paused, sorted by
	// name.
	Stats(ctx context.Context) ([]Stats, error)
	// DeadLetters returns dead letters, oldest first.
	DeadLetters(ctx context.Context, f Filter) ([]DeadLetter, error)
	// Requeue makes dead letters due again, with all their attempts. If one of the IDs is not that
	// of a dead letter, the error wraps [ErrUnknownID].
	Requeue(ctx context.Context, ids ...string) error
	// Discard deletes dead letters. Its errors are those of Requeue.
	Discard(ctx context.Context, ids ...string) error
	// Pause stops the deliveries of a subscription, from the next claim on, until Resume.
	Pause(ctx context.Context, subscription string) error
	// Resume ends a pause. It does nothing if the subscription is not paused.
	Resume(ctx context.Context, subscription string) error
	// Purge deletes records that were written longer ago and have no deliveries left, and
	// returns how many.
	Purge(ctx context.Context, olderThan time.Duration) (int, error)
}

// Want is how many deliveries of a subscription a relay can take.
type Want struct {
	Subscription string
	Limit        int
}

// Delivery is a stored event or command that a relay delivers to one subscription.
type Delivery = cqrs.Delivery

// Failure is the outcome of a failed attempt.
type Failure struct {
	Error string        // the text of the error
	Retry time.Duration // how long to wait before the next attempt
	Dead  bool          // there is no next attempt
}

// Filter selects dead letters. The zero value selects all.
type Filter struct {
	ID           string
	Subscription string
	Event        string // the registered name of the event or command
	Limit        int    // 0 for no limit
	Payload      bool   // whether to read the payload, too
}

// DeadLetter is a delivery that has failed for the last time.
type DeadLetter struct {
	ID           string // of the delivery
	Subscription string
	Event        string // the registered name of the event or command
	Key          string
	Attempts     int
	LastError    string
	Recorded     time.Time
	Died         time.Time
	Headers      map[string]string
	Payload      []byte // nil unless the filter asks for it
}

// Stats describes the deliveries of a subscription.
type Stats struct {
	Subscription string
	Pending      int           // not delivered yet, including those that wait for a retry; without the dead
	Dead         int           // dead letters
	Oldest       time.Duration // since the oldest pending delivery was due; 0 if none is due
	Paused       bool
}
