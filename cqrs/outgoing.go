package cqrs

import (
	"context"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/uuid"
)

// outgoing is what a request writes to the outbox when its part in the scope has succeeded.
type outgoing struct {
	records   []Record
	completed []Claim // the deliveries that the request was opened for
	written   bool    // the journal has written everything
}

func (o *outgoing) isEmpty() bool { return len(o.records) == 0 && len(o.completed) == 0 }

// store stores an event for durable subscriptions, when the request succeeds.
func (r *request) store(e queued, to []*subscription) error {
	t := r.m.types.byType[reflect.TypeOf(e.event)]
	if t == nil {
		return unregisteredError(reflect.TypeOf(e.event))
	}
	record, err := r.m.newRecord(e.origin, t, e.event)
	if err != nil {
		return err
	}
	for _, s := range to {
		if s.durable.inOrder && t.key == nil {
			return missingKeyError(t, s.Binding)
		}
		record.To = append(record.To, Destination{Subscription: s.name, InOrder: s.durable.inOrder})
	}
	r.addRecord(record)
	return nil
}

// newRecord returns a record of a message without destinations.
func (m *Mediator) newRecord(ctx context.Context, t *messageType, message any) (Record, error) {
	payload, key, err := t.encode(ctx, m, message)
	if err != nil {
		return Record{}, &PayloadError{Message: t.message, Name: t.name, Err: err}
	}
	headers, err := m.inject(ctx)
	if err != nil {
		return Record{}, err
	}
	return Record{ID: uuid.New(), Name: t.name, Payload: payload, Headers: headers, Key: key}, nil
}

func (r *request) addRecord(record Record) {
	r.lock()
	defer r.unlock()
	r.outgoing.records = append(r.outgoing.records, record)
}

// write has the journal write what the request stores and completes, in the transaction of
// the request.
func (r *request) write(ctx context.Context) error {
	err := r.withJournal(ctx, frame{lease: r.lease()}, func(j Journal) error {
		return j.Write(ctx, r.outgoing.records, r.outgoing.completed)
	})
	if err != nil {
		return &JournalError{Stored: r.outgoing.names(), Completed: len(r.outgoing.completed), Err: err}
	}
	r.outgoing.written = true
	return nil
}

// withJournal calls do with the journal of the request.
func (r *request) withJournal(ctx context.Context, f frame, do func(Journal) error) error {
	return r.m.guard(ctx, nil, "the journal", func() error {
		k := r.m.factory(journalType)
		j, err := k.build(f, nil)
		if err != nil {
			return err
		}
		return do(j.(Journal))
	})
}

// names returns the names of the messages that are stored, each once.
func (o *outgoing) names() (names []string) {
	for _, record := range o.records {
		if !slices.Contains(names, record.Name) {
			names = append(names, record.Name)
		}
	}
	return names
}
