package cqrs

import (
	"context"
	"reflect"
	"slices"
	"time"
)

// Schedule sends a command later: it stores the command, and a relay sends it when the time has
// come, with the same guarantees as a durable delivery. Through the [Sender] of a request it is
// stored in the transaction of that request; through a [*Mediator], in one of its own. The
// command's type must be registered with [RegisterCommand], or the error is a [*MessageError].
// If at is in the past, a relay sends the command as soon as it can. Schedule returns an ID for
// [CancelScheduled].
func Schedule(ctx context.Context, s Sender, command any, at time.Time) (id string, err error) {
	m, via := targetOf(s)
	t := reflect.TypeOf(command)
	if err := m.check(ctx, t); err != nil {
		return "", err
	}
	known := m.types.byType[t]
	if known == nil || !known.isCommand() {
		return "", unschedulableError(t)
	}
	record, err := m.newRecord(ctx, known, command)
	if err != nil {
		return "", err
	}
	if at.IsZero() { // which a Record has if nothing can cancel it
		at = time.Now()
	}
	record.Due, record.To = at, []Destination{{Subscription: known.subscription()}}
	err = m.within(ctx, via, "Schedule", command, func(r *request, _ frame) error { r.addRecord(record); return nil })
	if err != nil {
		return "", err
	}
	return record.ID, nil
}

// CancelScheduled cancels a command of [Schedule] that was not sent yet, in the transaction of
// the request of s, or in one of its own. It reports whether there was one: false if the command
// was sent, is a dead letter, or was never scheduled. If the command is being handled, most
// databases have CancelScheduled wait for the outcome. A journal that fails is a [*JournalError].
func CancelScheduled(ctx context.Context, s Sender, id string) (bool, error) {
	m, via := targetOf(s)
	if err := m.check(ctx, nil); err != nil {
		return false, err
	}
	if !m.hasJournal() {
		return false, nil
	}
	found := false
	cancel := func(r *request, f frame) error {
		if found = r.removeRecord(id); found {
			return nil
		}
		err := r.withJournal(ctx, f, func(j Journal) (err error) {
			found, err = j.Cancel(ctx, id)
			return err
		})
		if err != nil {
			return &JournalError{Err: err}
		}
		return nil
	}
	err := m.within(ctx, via, "CancelScheduled", nil, cancel)
	return found && err == nil, err
}

// removeRecord removes a record that the request has not written yet.
func (r *request) removeRecord(id string) bool {
	r.lock()
	defer r.unlock()
	before := len(r.outgoing.records)
	r.outgoing.records = slices.DeleteFunc(r.outgoing.records, func(record Record) bool {
		return record.ID == id && !record.Due.IsZero()
	})
	return len(r.outgoing.records) < before
}

// within calls do in the request of via or, if that is nil, in one of its own, which is the named call
// of the mediator.
func (m *Mediator) within(
	ctx context.Context, via *sender, name string, command any, do func(*request, frame) error,
) error {
	if via != nil {
		return via.use(do)
	}
	call := m.calls.begin()
	if call == nil {
		return closedError(nil)
	}
	defer m.calls.end(call)
	return m.call(ctx, name, command, func(ctx context.Context, t *trace) error {
		err, _ := m.run(ctx, nil, t, func(_ context.Context, r *request) error { return do(r, frame{lease: r.lease()}) })
		return err
	})
}

// use calls do in the request of the sender.
func (s *sender) use(do func(r *request, f frame) error) error {
	f, err := s.enter(nil)
	if err != nil {
		return err
	}
	defer s.leave()
	return do(f.req, f)
}
