package cqrs

import (
	"context"
	"errors"
	"time"
)

// Journal writes to the outbox in the transaction of a request. A mediator with durable
// subscriptions, or from which commands are scheduled, builds one in the scope of each request
// that needs it; the application provides it as a scoped constructor, made from the same
// transaction as its own writes. The stores below cqrs/outbox each have one.
type Journal interface {
	// Write stores records, and completes the deliveries of claims by deleting them: all of it, or
	// nothing if it returns an error. If a claim is no longer valid, because its lease has expired
	// and another relay has claimed the delivery, the error wraps [ErrLeaseLost]. Write is called at
	// most once for each request, after its handlers and before its finalizers.
	Write(ctx context.Context, records []Record, completed []Claim) error
	// Cancel deletes a scheduled command that was not delivered yet. It reports whether there
	// was one with this ID.
	Cancel(ctx context.Context, id string) (bool, error)
	// Database returns the identity of the database that the journal writes to, by which a relay
	// recognizes a journal of another database than that of its store.
	Database(ctx context.Context) (string, error)
}

// ErrLeaseLost reports a delivery that another relay has claimed meanwhile.
var ErrLeaseLost = errors.New("cqrs: lease of the delivery lost")

// Record is an event for durable subscriptions, or a command to be sent later.
type Record struct {
	ID      string // a UUID of version 7
	Name    string // the registered name of the event or command
	Payload []byte
	Headers map[string]string // what the application propagates, such as the trace context; may be nil
	Key     string            // what the event keeps its order by; see InOrder
	Due     time.Time         // when to deliver it; the zero value means at once
	To      []Destination
}

// Destination is a durable subscription as the receiver of a [Record].
type Destination struct {
	Subscription string // for a scheduled command "command:" and its registered name
	InOrder      bool
}

// Claim identifies a delivery that a relay has leased.
type Claim struct {
	Seq          int64 // of the delivery; deliveries of one key are ordered by it
	Subscription string
	Key          string // of the record; empty unless InOrder
	InOrder      bool
	Token        string // of the lease
}
