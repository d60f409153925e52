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
func (r *request) store(ctx context.Context, e queued, to []*subscription) error {
	if r.trace != nil {
		r.recordLater(ctx, e, to)
	}
	record, err := r.m.newEventRecord(e, to)
	if err != nil {
		failure := to[0].eventError(e.event, err)
		failure.Delivery, failure.NotDelivered = DeliveryDurable, r.notDelivered()
		return failure
	}
	r.addRecord(record)
	return nil
}

// newEventRecord returns a record of an event for durable subscriptions.
func (m *Mediator) newEventRecord(e queued, to []*subscription) (Record, error) {
	t := m.types.byType[reflect.TypeOf(e.event)]
	if t == nil {
		return Record{}, unregisteredError(reflect.TypeOf(e.event))
	}
	record, err := m.newRecord(e.origin, t, e.event)
	if err != nil {
		return Record{}, err
	}
	for _, s := range to {
		if s.durable.inOrder && t.key == nil {
			return Record{}, missingKeyError(t, s.Binding)
		}
		record.To = append(record.To, Destination{Subscription: s.name, InOrder: s.durable.inOrder})
	}
	return record, nil
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
		if r.shared { // again, if only what the journal is built from has asked for a Sender
			r.shut()
		}
		if r.trace == nil {
			return j.Write(ctx, r.outgoing.records, r.outgoing.completed)
		}
		return r.trace.do(ctx, r.span, &Step{Kind: StepJournal}, func(ctx context.Context) error {
			return j.Write(ctx, r.outgoing.records, r.outgoing.completed)
		})
	})
	if err != nil {
		return &JournalError{Stored: r.outgoing.names(), Completed: len(r.outgoing.completed), Err: err}
	}
	r.outgoing.written = true
	return nil
}

// hasJournal reports whether the application has durable subscriptions or commands to be sent
// later, and so a journal.
func (m *Mediator) hasJournal() bool {
	_, has := m.factories[journalType]
	return has
}

// withJournal calls do with the journal of the request. One goroutine at a time uses it.
func (r *request) withJournal(ctx context.Context, f frame, do func(Journal) error) error {
	return r.m.guard(ctx, nil, "the journal", func() error {
		k := r.m.factory(journalType)
		j, err := k.build(ctx, f, nil)
		if err != nil {
			return err
		}
		r.journaling.Lock()
		defer r.journaling.Unlock()
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
