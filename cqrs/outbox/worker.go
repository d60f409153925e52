package outbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// serve makes the deliveries of a subscription, one or one batch after the other, until there
// are none. If a handler ends the goroutine, another one takes over.
func (s *session) serve(l *lane) {
	ended := true
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		l.workers--
		if ended || len(l.queue) > 0 && !s.ended {
			s.start(l)
		}
	}()
	for {
		flights := s.take(l)
		if flights == nil {
			ended = false
			return
		}
		s.fly(flights)
	}
}

// fly makes deliveries, and records their outcome.
func (s *session) fly(flights []*flight) {
	if flights = s.begin(flights); len(flights) == 0 {
		return
	}
	ctx, cancel := s.context(flights)
	start := time.Now()
	err := cqrs.ErrExit // unless Deliver returns
	defer func() {
		cancel(nil)
		s.record(ctx, flights, time.Since(start), err)
	}()
	if s.writer != nil {
		select {
		case s.writer <- struct{}{}:
			defer func() { <-s.writer }()
		case <-s.ctx.Done():
			err = s.ctx.Err()
			return
		}
	}
	err = s.to.Deliver(ctx, deliveries(flights)...)
}

// begin leaves out the flights whose lease is lost.
func (s *session) begin(flights []*flight) []*flight {
	s.mu.Lock()
	var lost []*flight
	flights = slices.DeleteFunc(flights, func(f *flight) bool {
		if f.lost {
			lost = append(lost, f)
		}
		return f.lost
	})
	s.mu.Unlock()
	if len(lost) > 0 {
		s.finish(lost)
	}
	return flights
}

// context returns the context of a delivery, which is cancelled when its lease is lost.
func (s *session) context(flights []*flight) (context.Context, context.CancelCauseFunc) {
	ctx := s.to.Context(s.ctx)
	if len(flights) == 1 {
		ctx = context.WithValue(ctx, deliveryKey{}, flights[0].Delivery)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range flights {
		f.cancel = cancel
		if f.lost { // since begin
			cancel(cqrs.ErrLeaseLost)
		}
	}
	return ctx, cancel
}

func deliveries(flights []*flight) []Delivery {
	all := make([]Delivery, len(flights))
	for i, f := range flights {
		all[i] = f.Delivery
	}
	return all
}

// record records the outcome of deliveries. A batch that has failed is made one by one.
func (s *session) record(ctx context.Context, flights []*flight, took time.Duration, err error) {
	switch {
	case err != nil && s.isEnding(err): // no fault of the delivery
		s.release(flights)
		return
	case err != nil && len(flights) > 1:
		s.split(flights)
		return
	case err != nil && !safe.Is(err, cqrs.ErrLeaseLost):
		s.fail(ctx, flights[0], took, err)
		return
	}
	for _, f := range flights {
		s.report(ctx, f, took, Failure{}, err)
	}
	s.finish(flights) // after the reports, so that Run and Drain return after them
}

// isEnding reports whether a delivery failed because the relay is being stopped, or the mediator is
// closed: it has refused the delivery, or what the handler sent with it.
func (s *session) isEnding(err error) bool {
	return errors.Is(context.Cause(s.ctx), errLanding) || s.isClosed() && safe.Is(err, cqrs.ErrClosed)
}

// split queues the deliveries of a batch that has failed, to be made one by one.
func (s *session) split(flights []*flight) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		s.release(flights)
		return
	}
	defer s.mu.Unlock()
	l := flights[0].lane
	for _, f := range flights {
		f.single = true
	}
	l.queue = append(flights, l.queue...)
	s.start(l)
}

// fail records a failed attempt. If the store cannot record it, the delivery is due again when
// its lease expires.
func (s *session) fail(ctx context.Context, f *flight, took time.Duration, err error) {
	failure := f.lane.retry.failure(f.Attempt, err)
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.settings.lease)
	defer cancel()
	switch problem := s.store.Fail(storing, f.Claim, failure); {
	case safe.Is(problem, cqrs.ErrLeaseLost):
		failure, err = Failure{}, errors.Join(err, problem)
	case problem != nil:
		s.to.ReportTrouble(ctx, problem)
		failure = Failure{Retry: s.settings.lease}
	}
	s.report(ctx, f, took, failure, err)
	s.finish([]*flight{f})
}

// release ends the leases of deliveries, which other relays can then make.
func (s *session) release(flights []*flight) {
	if len(flights) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), s.settings.lease)
	defer cancel()
	if err := s.store.Release(ctx, claims(flights)); err != nil {
		s.to.ReportTrouble(ctx, err)
	}
	s.finish(flights)
}

func (s *session) report(ctx context.Context, f *flight, took time.Duration, failure Failure, err error) {
	s.to.Report(ctx, cqrs.DeliveryOutcome{
		Subscription: f.Subscription, Name: f.Name, ID: f.ID(), Attempt: f.Attempt,
		Took: took, Err: err, Retry: failure.Retry, Dead: failure.Dead,
	})
}
