package outbox

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
)

// session is one call of Run or Drain.
type session struct {
	*Relay
	ctx     context.Context // of the deliveries: it has the values of the caller's, but ends later
	cancel  context.CancelCauseFunc
	changed chan struct{} // has an element if there is something to claim or room to claim it
	writer  chan struct{} // a token for deliveries, if the store has a single writer; nil otherwise

	mu     sync.Mutex
	lanes  []*lane
	flying map[*flight]struct{} // all deliveries that are leased
	idle   *sync.Cond           // flying became empty
	ended  bool                 // nothing may be claimed or started any more
}

// lane is a subscription at work.
type lane struct {
	*subscription
	queue   []*flight // claimed and not started, in order
	workers int       // how many are running
	more    bool      // the store may have deliveries that are due
}

// flight is a delivery from its claim to its outcome.
type flight struct {
	Delivery
	lane   *lane
	single bool                    // its batch has failed
	lost   bool                    // its lease is lost
	cancel context.CancelCauseFunc // of a flight that has started
}

// singleWriter is implemented by stores whose database has one writer at a time, so that
// deliveries at the same time would only wait for each other.
type singleWriter interface{ SingleWriter() bool }

func newSession(r *Relay, ctx context.Context) *session {
	s := &session{Relay: r, changed: make(chan struct{}, 1), flying: make(map[*flight]struct{})}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	s.idle = sync.NewCond(&s.mu)
	if w, is := r.store.(singleWriter); is && w.SingleWriter() {
		s.writer = make(chan struct{}, 1)
	}
	for _, sub := range r.subscriptions {
		s.lanes = append(s.lanes, &lane{subscription: sub, more: true})
	}
	return s
}

// run delivers until ctx ends.
func (s *session) run(ctx context.Context) error {
	return s.during(func() error {
		s.loop(ctx)
		return cmp.Or(s.land(ctx), s.closed(ctx))
	}, s.keep, s.maintain)
}

// during calls do while commits wake the session and others run, whose context ends afterwards.
func (s *session) during(do func() error, others ...func(context.Context)) error {
	defer s.cancel(nil)
	defer s.to.Notify(s.wake)()
	ctx, stop := context.WithCancel(s.ctx)
	var running sync.WaitGroup
	for _, other := range others {
		running.Go(func() { other(ctx) })
	}
	defer running.Wait()
	defer stop()
	return do()
}

// loop claims and starts deliveries until ctx ends or the mediator is closed.
func (s *session) loop(ctx context.Context) {
	wait := s.settings.pollMin
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.to.Closed():
			return
		case <-timer.C:
			s.look()
		case <-s.changed:
		}
		if ctx.Err() != nil || s.isClosed() { // of several cases, select takes any
			return
		}
		found, err := s.claim(ctx)
		switch {
		case err != nil:
			if ctx.Err() != nil {
				return
			}
			s.to.ReportTrouble(ctx, err)
			wait = s.settings.pollMax
		case found:
			wait = s.settings.pollMin
		default:
			wait = min(2*wait, s.settings.pollMax)
		}
		timer.Reset(wait)
	}
}

// drain delivers until nothing is due.
func (s *session) drain(ctx context.Context) error {
	return s.during(func() error {
		for {
			s.look()
			idle := s.isIdle() // before the claim, which therefore sees what the last handler has stored
			found, err := s.claim(ctx)
			if err != nil || ctx.Err() != nil || s.isClosed() {
				return cmp.Or(err, s.land(ctx), ctx.Err(), s.closed(ctx))
			}
			if idle && !found {
				return s.land(ctx)
			}
			select {
			case <-s.changed:
			case <-s.to.Closed():
			case <-ctx.Done():
			}
		}
	}, s.keep)
}

// closed returns an error if the mediator was closed before ctx ended.
func (s *session) closed(ctx context.Context) error {
	if ctx.Err() == nil && s.isClosed() {
		return errClosed()
	}
	return nil
}

// wake has the session claim again, since something was stored or there is room.
func (s *session) wake() {
	s.look()
	s.signal()
}

func (s *session) signal() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// look notes that any subscription may have deliveries that are due.
func (s *session) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		l.more = true
	}
}

func (s *session) isIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.flying) == 0
}

// claim claims deliveries for the subscriptions that have room, and starts workers. It reports
// whether it has found any.
func (s *session) claim(ctx context.Context) (found bool, err error) {
	wants, lanes := s.wants()
	if len(wants) == 0 {
		return false, nil
	}
	// Not cancelled with ctx, so that the leases are known and can be ended.
	claiming, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.settings.lease)
	defer cancel()
	claimed, err := s.store.Claim(claiming, wants, s.settings.lease)
	if err != nil {
		s.look()
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := make(map[string]int)
	for _, d := range claimed {
		l := lanes[d.Subscription]
		if l == nil {
			continue
		}
		got[d.Subscription]++
		f := &flight{Delivery: d, lane: l}
		s.flying[f] = struct{}{}
		l.queue = append(l.queue, f)
	}
	for _, w := range wants {
		l := lanes[w.Subscription]
		l.more = l.more || got[w.Subscription] == w.Limit
		s.start(l)
	}
	return len(claimed) > 0, nil
}

// wants returns how many deliveries the subscriptions have room for. Those that it asks for have
// no more unless they get all, or something happens meanwhile.
func (s *session) wants() (wants []Want, lanes map[string]*lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lanes = make(map[string]*lane)
	for _, l := range s.lanes {
		if room := l.prefetch - len(l.queue); l.more && 2*room >= l.prefetch {
			l.more = false
			lanes[l.Name] = l
			wants = append(wants, Want{l.Name, room})
		}
	}
	return wants, lanes
}

// start starts workers of a subscription, as many as there is work for.
func (s *session) start(l *lane) {
	batches := (len(l.queue) + l.Batch - 1) / l.Batch
	for ; batches > 0 && l.workers < s.settings.workers; batches-- {
		l.workers++
		go s.serve(l)
	}
}

// take removes the next deliveries from the queue of a subscription: one, or a batch.
func (s *session) take(l *lane) []*flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(l.queue) == 0 || s.ended {
		return nil
	}
	n := 1
	for n < min(l.Batch, len(l.queue)) && !l.queue[0].single && !l.queue[n].single {
		n++
	}
	flights := make([]*flight, n)
	copy(flights, l.queue)
	l.queue = l.queue[n:]
	if l.more && 2*len(l.queue) <= l.prefetch {
		s.signal()
	}
	return flights
}

// finish removes flights whose outcome is known.
func (s *session) finish(flights []*flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range flights {
		delete(s.flying, f)
		if f.InOrder {
			f.lane.more = true // the next one of its key may be due now
		}
	}
	if len(s.flying) == 0 {
		s.idle.Broadcast()
	}
	if len(s.flying) == 0 || flights[0].InOrder {
		s.signal()
	}
}

// claims returns the claims of flights.
func claims(flights []*flight) []cqrs.Claim {
	all := make([]cqrs.Claim, len(flights))
	for i, f := range flights {
		all[i] = f.Claim
	}
	return all
}
