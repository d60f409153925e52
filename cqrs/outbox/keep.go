package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
)

// keep extends the leases of everything in flight until ctx ends.
func (s *session) keep(ctx context.Context) {
	ticker := time.NewTicker(s.settings.lease / 3)
	defer ticker.Stop()
	kept := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		asked := time.Now()
		err := s.extend(ctx, later(kept.Add(s.settings.lease), asked.Add(s.settings.lease/3)))
		if err == nil {
			kept = asked
		} else if ctx.Err() == nil {
			s.to.ReportTrouble(ctx, err)
			if s.writer == nil && time.Since(kept) >= s.settings.lease {
				s.lose(s.held()) // another relay may have claimed them
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// extend extends all leases, and cancels the deliveries whose lease is lost. The deadline is that
// of the store, which may not know that its connection is dead.
func (s *session) extend(ctx context.Context, deadline time.Time) error {
	const most = 500
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	held := s.held()
	for len(held) > 0 {
		some := held[:min(most, len(held))]
		held = held[len(some):]
		lost, err := s.store.Extend(ctx, claims(some), s.settings.lease)
		if err != nil {
			return err
		}
		gone := make(map[cqrs.Claim]bool, len(lost))
		for _, c := range lost {
			gone[c] = true
		}
		var flights []*flight
		for _, f := range some {
			if gone[f.Claim] {
				flights = append(flights, f)
			}
		}
		s.lose(flights)
	}
	return nil
}

func (s *session) held() []*flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	var held []*flight
	for f := range s.flying {
		if !f.lost {
			held = append(held, f)
		}
	}
	return held
}

// lose cancels deliveries whose lease is lost.
func (s *session) lose(flights []*flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range flights {
		f.lost = true
		if f.cancel != nil {
			f.cancel(cqrs.ErrLeaseLost)
		}
	}
}

// maintain repairs the store, and deletes what is older than the retention, until ctx ends.
func (s *session) maintain(ctx context.Context) {
	ticker := time.NewTicker(s.settings.upkeep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		repaired, err := s.store.Repair(ctx)
		if repaired > 0 {
			s.wake()
		}
		if err == nil && s.settings.retention > 0 {
			_, err = s.store.Purge(ctx, s.settings.retention)
		}
		if err != nil && ctx.Err() == nil {
			s.to.ReportTrouble(ctx, err)
		}
	}
}

// errLanding is why deliveries are cancelled that outlast the grace period.
var errLanding = errors.New("outbox: the relay is being stopped")

// land ends the session: it ends the leases of what was not started, waits for the rest within
// the grace period, and then cancels it.
func (s *session) land(ctx context.Context) error {
	s.mu.Lock()
	s.ended = true
	var waiting []*flight
	for _, l := range s.lanes {
		waiting = append(waiting, l.queue...)
		l.queue = nil
	}
	s.mu.Unlock()
	s.release(waiting)
	if s.waitIdle(s.settings.grace) {
		return nil
	}
	s.cancel(errLanding)
	if s.waitIdle(time.Second) {
		return nil
	}
	left := s.held()
	s.lose(left)
	s.mu.Lock()
	running := len(s.flying) // also those whose lease was lost before
	s.mu.Unlock()
	releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.settings.lease)
	defer cancel()
	err := s.store.Release(releasing, claims(left)) // what they do from now on is rolled back
	return errors.Join(newError(ErrAbandoned, "%s; have handlers return when their context ends", count(running)), err)
}

func count(n int) string {
	if n == 1 {
		return "a delivery did not end when its context was cancelled"
	}
	return fmt.Sprintf("%d deliveries did not end when their contexts were cancelled", n)
}

// waitIdle waits until nothing is in flight, and reports whether that happened in time.
func (s *session) waitIdle(limit time.Duration) bool {
	over := false
	timer := time.AfterFunc(limit, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		over = true
		s.idle.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.flying) > 0 && !over {
		s.idle.Wait()
	}
	return len(s.flying) == 0
}
