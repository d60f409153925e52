package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type PlanMeeting struct {
	cqrs.Command
	Topic string
	Begin time.Time
}

type Remind struct {
	cqrs.Command
	Topic string
}

type PlanMeetingHandler struct{ scheduler *outbox.Scheduler }

func NewPlanMeetingHandler(s *outbox.Scheduler) *PlanMeetingHandler { return &PlanMeetingHandler{s} }

func (h *PlanMeetingHandler) Handle(ctx context.Context, c PlanMeeting) error {
	_, err := h.scheduler.Schedule(ctx, Remind{Topic: c.Topic}, c.Begin.Add(-time.Hour))
	return err
}

func remindMembers(_ context.Context, c Remind) error {
	fmt.Println("in an hour:", c.Topic)
	return nil
}

func meetingCommands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*PlanMeetingHandler](m)
	cqrs.BindCommand[cqrs.CommandFunc[Remind]](m)
	cqrs.RegisterCommand(m, cqrs.CommandType[Remind]{Name: "meeting.remind"})
}

// A handler schedules a command in the transaction of its request, and a relay sends it later.
func ExampleScheduler() {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(outboxtest.NewStore, NewPlanMeetingHandler),
		c.Provide(func() cqrs.CommandFunc[Remind] { return remindMembers }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
		c.Provide(outbox.NewScheduler, container.Scoped()),
		bootstrap.Provide(c, meetingCommands, nil),
	)
	if err != nil {
		log.Fatal(err)
	}
	err = c.Invoke(func(store *outboxtest.Store, mediator *cqrs.Mediator) error {
		ctx := context.Background()
		plan := PlanMeeting{Topic: "budget", Begin: time.Now().Add(24 * time.Hour)}
		if err := mediator.Send(ctx, plan); err != nil {
			return err
		}
		relay, err := outbox.NewRelay(store, mediator)
		if err != nil {
			return err
		}
		fmt.Println("now:", relay.Drain(ctx))
		store.Advance(23 * time.Hour)
		fmt.Println("later:", relay.Drain(ctx))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// now: <nil>
	// in an hour: budget
	// later: <nil>
}
