package cqrs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Deliverer has a mediator handle the deliveries of a relay. Applications use the relay of package
// cqrs/outbox, and not this type. It is safe for concurrent use.
type Deliverer struct{ m *Mediator }

// Deliverer returns what a relay needs of the mediator.
func (m *Mediator) Deliverer() Deliverer { return Deliverer{m} }

// DurableSubscription describes a durable subscription, or the commands of one type that are
// to be sent later.
type DurableSubscription struct {
	Name    string
	Binding *Binding
	InOrder bool
	Batch   int // how many events may share a scope
}

// Delivery is a stored event or command that a relay delivers to one subscription.
type Delivery struct {
	Claim
	RecordID string
	Name     string // the name under which the event or command was stored
	Payload  []byte
	Headers  map[string]string
	Attempt  int // 1 for the first
}

// ID returns the identifier of the delivery, which stays the same for all attempts:
// that of the record, a slash, and the name of the subscription.
func (d Delivery) ID() string { return d.RecordID + "/" + d.Subscription }

// Subscriptions returns the durable subscriptions, and the registered commands, sorted by name.
func (d Deliverer) Subscriptions() []DurableSubscription {
	var all []DurableSubscription
	for name, s := range d.m.named {
		if s.isDurable() {
			all = append(all, DurableSubscription{name, s.Binding, s.durable.inOrder, s.durable.batch})
		}
	}
	for _, t := range d.m.types.all {
		if t.isCommand() {
			all = append(all, DurableSubscription{t.subscription(), d.m.routes.get(t.message).Binding, false, 1})
		}
	}
	slices.SortFunc(all, func(a, b DurableSubscription) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Deliver handles a delivery in a scope of its own, whose journal completes it before the
// finalizers. If there are several deliveries, all to one subscription, they share the scope.
// Deliver returns nil only if the deliveries are completed. If it returns an error they are not,
// unless a finalizer has failed after the one that committed. If the lease of one was lost, the
// error wraps [ErrLeaseLost], and one of a payload that cannot be decoded is a [*PayloadError]. A
// mediator that is closed makes no delivery, and Deliver returns an error with [ErrClosed].
func (d Deliverer) Deliver(ctx context.Context, deliveries ...Delivery) error {
	if err := d.m.check(ctx, nil); err != nil {
		return err
	}
	if len(deliveries) == 0 {
		return nil
	}
	call := d.m.calls.begin()
	if call == nil {
		return closedError(nil)
	}
	defer d.m.calls.end(call)
	to, err := d.m.endpointOf(deliveries[0].Subscription)
	if err != nil {
		return err
	}
	a := &arrival{to: to}
	for _, one := range deliveries {
		if one.Subscription != deliveries[0].Subscription || to.kind != KindEvent && len(deliveries) > 1 {
			return batchError(deliveries[0], one)
		}
		if err := a.add(ctx, one); err != nil {
			return err
		}
	}
	return d.m.call(ctx, "Deliver", a.messages[0].message, func(ctx context.Context, t *trace) error {
		a.trace = t
		return a.receive(ctx)
	})
}

// endpointOf returns the endpoint of a durable subscription.
func (m *Mediator) endpointOf(subscription string) (*endpoint, error) {
	if s := m.named[subscription]; s != nil && s.isDurable() {
		return s.endpoint, nil
	}
	if name, is := strings.CutPrefix(subscription, commandPrefix); is {
		if t := m.types.byName[name]; t != nil && t.isCommand() {
			return m.routes.get(t.message), nil
		}
	}
	return nil, unknownSubscriptionError(subscription)
}

// Journal calls do with a journal of a scope that is then rolled back, for checks.
func (d Deliverer) Journal(ctx context.Context, do func(Journal) error) error {
	if err := d.m.check(ctx, nil); err != nil {
		return err
	}
	if !d.m.hasJournal() {
		return noJournalError()
	}
	call := d.m.calls.begin()
	if call == nil {
		return closedError(nil)
	}
	defer d.m.calls.end(call)
	r, ctx := d.m.begin(ctx, nil, nil)
	defer r.close(ctx)
	err := r.withJournal(ctx, frame{lease: r.lease()}, do)
	_ = r.settle(ctx, errCheck) // its finalizers have no other outcome to report
	return err
}

// errCheck is the outcome of a scope that is opened for a check only.
var errCheck = errors.New("cqrs: this scope was opened for a check and is rolled back")

// Notify calls call whenever a request has committed records, until stop is called. call must
// return at once.
func (d Deliverer) Notify(call func()) (stop func()) { return d.m.listeners.add(call) }

// Closed returns a channel that is closed when [Mediator.Close] begins.
func (d Deliverer) Closed() <-chan struct{} { return d.m.calls.closing }

// ReportTrouble passes an error of the relay itself to the observers of the mediator, such as
// one of its store.
func (d Deliverer) ReportTrouble(ctx context.Context, err error) {
	d.m.observe(func(to *Observer) { to.RelayFailed(ctx, err) })
}

// listeners are the functions to call when a request has committed records.
type listeners struct {
	mu    sync.Mutex
	calls map[*func()]struct{}
	any   atomic.Bool
}

func (l *listeners) add(call func()) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls == nil {
		l.calls = make(map[*func()]struct{})
	}
	key := &call
	l.calls[key] = struct{}{}
	l.any.Store(true)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.calls, key)
		l.any.Store(len(l.calls) > 0)
	}
}

func (l *listeners) notify() {
	if !l.any.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for call := range l.calls {
		(*call)()
	}
}
