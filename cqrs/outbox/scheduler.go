package outbox

import (
	"context"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Scheduler sends commands later, for reminders, timeouts and background work. Provide
// [NewScheduler] with container.Scoped(), and a handler that asks for a *Scheduler schedules in
// the transaction of its request. It is safe for concurrent use.
type Scheduler struct{ sender cqrs.Sender }

// NewScheduler returns a scheduler for the request of a [cqrs.Sender]. One for a
// [*cqrs.Mediator] uses a transaction of its own for each call.
func NewScheduler(s cqrs.Sender) *Scheduler { return &Scheduler{s} }

// Schedule has a command sent at the given time, or as soon as a relay can send it after that,
// and returns an ID for Cancel. The type of the command must be registered with
// [cqrs.RegisterCommand], or the error is a [*cqrs.MessageError].
func (s *Scheduler) Schedule(ctx context.Context, command any, at time.Time) (id string, err error) {
	return cqrs.Schedule(ctx, s.sender, command, at)
}

// Cancel cancels a command that was not sent yet. It reports whether there was one: it returns
// false if the command is done, is a dead letter, or was never scheduled.
func (s *Scheduler) Cancel(ctx context.Context, id string) (bool, error) {
	return cqrs.CancelScheduled(ctx, s.sender, id)
}
