package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/similar"
)

// Relay takes deliveries from a store and has a mediator handle them. Any number of relays, in
// any number of processes, can work on one store. A Relay is safe for concurrent use.
type Relay struct {
	store         Store
	to            cqrs.Deliverer
	subscriptions []*subscription
	settings      settings
	running       atomic.Bool
}

// subscription is a durable subscription of the mediator.
type subscription struct {
	cqrs.DurableSubscription
	retry    RetryPolicy
	prefetch int // how many deliveries the relay claims in advance
}

// NewRelay returns a relay for the durable subscriptions of a mediator and the commands that are
// scheduled from it. Deliveries of other subscriptions are left for relays that know them. It
// returns an [*Error] if an argument is nil or an option is invalid. It does not use the store.
func NewRelay(store Store, m *cqrs.Mediator, opts ...RelayOption) (*Relay, error) {
	switch {
	case isNil(store):
		return nil, newError(ErrOption, "the store is nil; pass the one of your database, "+
			"such as the result of sqlite.NewStore")
	case m == nil:
		return nil, newError(ErrOption, "the mediator is nil; check the error that bootstrap.New returned")
	}
	r := &Relay{store: store, to: m.Deliverer(), settings: defaults()}
	var errs []error
	for i, opt := range opts {
		if opt == nil {
			errs = append(errs, newError(ErrOption, "option %d is nil; remove it", i+1))
		} else if err := opt.apply(&r.settings); err != nil {
			errs = append(errs, newError(ErrOption, "%v: %v", opt, err))
		}
	}
	r.subscribe()
	if err := errors.Join(append(errs, r.unknown()...)...); err != nil {
		return nil, err
	}
	return r, nil
}

// isNil reports whether a store is nil, or a nil pointer.
func isNil(store Store) bool {
	v := reflect.ValueOf(store)
	return store == nil || v.Kind() == reflect.Pointer && v.IsNil()
}

func (r *Relay) subscribe() {
	const least, most = 200, 5000 // so that a claim costs little for each delivery
	for _, d := range r.to.Subscriptions() {
		s := &subscription{DurableSubscription: d, retry: r.settings.retry}
		s.prefetch = min(max(least, 8*r.settings.workers, 2*d.Batch*r.settings.workers), max(most, 2*d.Batch))
		if own, has := r.settings.retryFor[d.Name]; has {
			s.retry = own
		}
		s.retry = s.retry.withDefaults()
		r.subscriptions = append(r.subscriptions, s)
	}
}

// unknown returns an error for each policy of a subscription that the mediator does not have.
func (r *Relay) unknown() (errs []error) {
	for _, name := range slices.Sorted(maps.Keys(r.settings.retryFor)) {
		near, known := "", false
		for _, s := range r.subscriptions {
			known = known || s.Name == name
			if near == "" && similar.Names(s.Name, name) {
				near = s.Name
			}
		}
		switch {
		case known:
		case near != "":
			errs = append(errs, newError(ErrOption, "RetryFor(%q): the mediator has no such subscription; did you mean %q?",
				name, near))
		default:
			errs = append(errs, newError(ErrOption, "RetryFor(%q): the mediator has no such subscription; "+
				"bind one with cqrs.Durable, or remove the option", name))
		}
	}
	return errs
}

// Run delivers until ctx ends. Then it claims nothing more, waits for the deliveries in flight, as
// [Grace] says, and ends its leases, so that other relays can take over at once. It returns nil if
// everything in flight has ended.
//
// End Run before you close the mediator. If the mediator is closed first, Run ends in the same way,
// and returns an [*Error] with the reason [cqrs.ErrClosed]. No delivery loses an attempt by that.
//
// First it checks the store and the journal, and returns an error if it cannot use them: an [*Error]
// if the tables are missing, if the two use different databases, or if the relay is running already.
// Later errors of the store are reported to the observers of the mediator, and Run goes on.
func (r *Relay) Run(ctx context.Context) error {
	err := r.work(ctx, func(s *session) error { return s.run(ctx) })
	if ctx != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // ctx ended during the check
	}
	return err
}

// Drain delivers everything that is due, including what handlers record meanwhile, and returns. It
// does not wait for attempts that are due later. Deliveries that fail are not errors of Drain; those
// of the store are. Use it in tests, and for batch jobs.
func (r *Relay) Drain(ctx context.Context) error {
	return r.work(ctx, func(s *session) error { return s.drain(ctx) })
}

func (r *Relay) work(ctx context.Context, do func(*session) error) error {
	if ctx == nil {
		return newError(ErrOption, "the context is nil; pass context.Background() if you have none")
	}
	if !r.running.CompareAndSwap(false, true) {
		return newError(ErrRunning, "the relay is running already; wait until it has returned, or create another")
	}
	defer r.running.Store(false)
	if r.isClosed() {
		return errClosed()
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	return do(newSession(r, ctx))
}

// isClosed reports whether the mediator is closed.
func (r *Relay) isClosed() bool {
	select {
	case <-r.to.Closed():
		return true
	default:
		return false
	}
}

// check returns an error if the store cannot work, or if the journal writes elsewhere.
func (r *Relay) check(ctx context.Context) error {
	if err := r.store.Check(ctx); err != nil {
		return fmt.Errorf("outbox: the store cannot be used: %w", err)
	}
	if len(r.subscriptions) == 0 {
		return newError(ErrOption, "the mediator has no durable subscriptions and no commands to be sent later; "+
			"bind one with cqrs.Durable, or do without the relay")
	}
	want, err := r.store.Database(ctx)
	if err != nil {
		return fmt.Errorf("outbox: the store cannot be used: %w", err)
	}
	return r.to.Journal(ctx, func(j cqrs.Journal) error {
		got, err := j.Database(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("outbox: the journal cannot be used: %w", err)
		case got != want:
			return newError(ErrOtherDatabase, "the journal writes to another database than that of the relay's store, "+
				"or to other tables; create both from the same store")
		default:
			return nil
		}
	})
}
