package randomapp_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// stored is an event that a request has stored for a durable subscription.
type stored struct {
	event *message
	to    *binding
}

// commit keeps what a request has stored.
func (w *world) commit(events []stored) {
	for _, e := range events {
		w.note("store m%d for %s", e.event.id, e.to.name())
		later(w, &w.stored, e)
	}
}

// drain delivers what the requests have stored, and what is stored meanwhile. A delivery that
// fails is not attempted again.
func (w *world) drain(r *request) {
	for len(w.stored) > 0 {
		next := w.stored
		w.stored = nil
		if w.app.concurrency > 1 { // the order is not defined
			slices.SortFunc(next, func(a, b stored) int {
				return cmp.Or(a.event.id-b.event.id, a.to.index-b.to.index)
			})
		}
		for _, e := range next {
			w.saw(cqrs.DeliveryDurable)
			ctx, cancel := context.WithCancel(context.WithValue(context.Background(), requestKey{}, r))
			w.cancel = cancel
			w.onItsOwn(func() {
				w.note("delivered m%d: %s", e.event.id, describe(w.mediator.receive(ctx, e)))
			})
			cancel()
		}
	}
}

// delivery is a durable delivery by the model.
type delivery struct {
	completed bool // a journal has completed it, even if another finalizer has failed then
	done      bool // its request has succeeded
}

// receive makes a durable delivery, as a request that is completed at most once.
func (m *model) receive(ctx context.Context, e stored) error {
	var line []raised
	d := &delivery{}
	p := m.passage(e.event, e.to.index)
	p.tree, p.line, p.delivery = &tree{count: 1}, &line, d
	_, unwinds, err := guard(func() (any, error) { return p.send(ctx) })
	switch {
	case unwinds != nil:
	case d.done && err != nil:
		m.lose(err)
		err = nil
	case !d.done && err == nil && d.completed: // a middleware hides the error of a finalizer
		err = cqrs.ErrLeaseLost
	}
	if failed := m.deliver(ctx, line); failed != nil {
		m.lose(&doneError{failed})
	}
	if unwinds != nil {
		panic(unwinds)
	}
	return err
}

func (m realMediator) receive(ctx context.Context, e stored) error {
	return m.mediator.Deliverer().Deliver(ctx, cqrs.Delivery{
		Name: slots[event][e.event.key].name, Payload: []byte(strconv.Itoa(e.event.id)),
		Claim: cqrs.Claim{Subscription: e.to.name(), Token: fmt.Sprintf("%p", &e)},
	})
}

// codec stores the numbers of messages.
type codec struct{ known sync.Map }

func (c *codec) Encode(m any) ([]byte, error) {
	of := m.(carrier).carried()
	c.known.Store(strconv.Itoa(of.id), of)
	return []byte(strconv.Itoa(of.id)), nil
}

func (c *codec) Decode(data []byte, pointer any) error {
	of, _ := c.known.Load(string(data))
	reflect.ValueOf(pointer).Elem().Set(reflect.ValueOf(eventValue(of.(*message))))
	return nil
}

// journal writes when its scope closes.
type journal struct {
	w      *realWorld
	events []stored
	claims []cqrs.Claim
}

func (w *realWorld) newJournal() (cqrs.Journal, container.Finalizer) {
	j := &journal{w: w}
	return j, func(_ context.Context, outcome error) error {
		if outcome == nil {
			w.commit(j.events)
			for _, c := range j.claims {
				w.codec.known.Store(c.Token, true)
			}
		}
		return nil
	}
}

func (j *journal) Write(_ context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	for _, c := range completed {
		if _, lost := j.w.codec.known.Load(c.Token); lost {
			return cqrs.ErrLeaseLost
		}
	}
	for _, r := range records {
		of, _ := j.w.codec.known.Load(string(r.Payload))
		for _, to := range r.To {
			for _, b := range j.w.app.bound(of.(*message)) {
				if b.name() == to.Subscription {
					j.events = append(j.events, stored{of.(*message), b})
				}
			}
		}
	}
	j.claims = completed
	return nil
}

func (*journal) Cancel(context.Context, string) (bool, error) { return false, errors.ErrUnsupported }

func (*journal) Database(context.Context) (string, error) { return "", errors.ErrUnsupported }
