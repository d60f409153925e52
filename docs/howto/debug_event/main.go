// Command debug_event shows why an event handler does not run. The how-to page on debugging explains it.
//
//	go run ./docs/howto/debug_event
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type JoinMeeting struct{ cqrs.Command }

type UserJoined struct{ cqrs.DomainEvent }

// About is what the event implements, but only as a pointer.
type About interface {
	cqrs.Event
	About() string
}

func (*UserJoined) About() string { return "the meeting" }

// UserLeft is another event.
type UserLeft struct{ cqrs.DomainEvent }

type Mail struct{}

func NewMail() *Mail { return &Mail{} }

func (*Mail) Handle(context.Context, UserJoined) error { return nil }

type Farewell struct{}

func NewFarewell() *Farewell { return &Farewell{} }

func (*Farewell) Handle(context.Context, UserLeft) error { return nil }

type Minutes struct{}

func NewMinutes() *Minutes { return &Minutes{} }

func (*Minutes) Handle(context.Context, About) error { return nil }

type Seats struct{}

func NewSeats() *Seats { return &Seats{} }

func (*Seats) Handle(context.Context, UserJoined) error { return errors.New("the room is full") }

// Joining records the event as it should.
type Joining struct{ cqrs.EventRecorder }

func (h *Joining) Handle(context.Context, JoinMeeting) error {
	h.Record(UserJoined{})
	return nil
}

func recording() *Joining { return &Joining{} }

// Hidden has a recorder that is a field, so it is not an EventSource.
type Hidden struct{ events cqrs.EventRecorder }

func (h *Hidden) Handle(context.Context, JoinMeeting) error {
	h.events.Record(UserJoined{})
	return nil
}

func hidden() *Hidden { return &Hidden{} }

// Late records the event in a goroutine that Handle does not wait for.
type Late struct{ cqrs.EventRecorder }

var ended, recorded = make(chan struct{}), make(chan struct{})

func late() *Late { return &Late{} }

func (h *Late) Handle(context.Context, JoinMeeting) error {
	go func() {
		<-ended
		h.Record(UserJoined{})
		close(recorded)
	}()
	return nil
}

// Failing records the event, and fails.
type Failing struct{ cqrs.EventRecorder }

func failing() *Failing { return &Failing{} }

func (h *Failing) Handle(context.Context, JoinMeeting) error {
	h.Record(UserJoined{})
	return errors.New("the meeting is over")
}

// Pointing records a pointer.
type Pointing struct{ cqrs.EventRecorder }

func pointing() *Pointing { return &Pointing{} }

func (h *Pointing) Handle(context.Context, JoinMeeting) error {
	h.Record(&UserJoined{})
	return nil
}

func BeginTx(store *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := store.Begin()
	return tx, container.Transaction(tx)
}

// newMediator returns a mediator whose command handler is H.
func newMediator[H cqrs.CommandHandler[JoinMeeting]](
	constructor func() H, store *outboxtest.Store, events func(*cqrs.EventMap), opts ...bootstrap.Option,
) *cqrs.Mediator {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(constructor, NewMail, NewFarewell, NewMinutes, NewSeats),
		c.ProvideAll(func() *outboxtest.Store { return store }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[H](m) }, events, opts...)
	if err != nil {
		log.Fatal(err)
	}
	return mediator
}

// report prints the report of a command whose handler is H.
func report[H cqrs.CommandHandler[JoinMeeting]](title string, constructor func() H, events func(*cqrs.EventMap)) {
	mediator := newMediator(constructor, outboxtest.NewStore(), events, bootstrap.WithLogger(zap.NewNop()))
	_, report, _ := cqrs.SendReport(context.Background(), mediator, JoinMeeting{})
	fmt.Printf("%s:\n%v\n", title, report)
}

func main() {
	mail := func(m *cqrs.EventMap) { cqrs.BindEvent[*Mail](m) }

	report("nothing is bound", recording, nil)
	report("bound to another event", recording, func(m *cqrs.EventMap) { cqrs.BindEvent[*Farewell](m) })
	report("bound to an interface", recording, func(m *cqrs.EventMap) { cqrs.BindEvent[*Minutes](m) })
	logged()

	report("the recorder is a field", hidden, mail)
	report("recorded too late", late, mail)
	close(ended)
	<-recorded
	report("the command fails", failing, mail)
	report("recorded as a pointer", pointing, mail)

	report("an earlier handler fails", recording, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Seats](m)
		cqrs.BindEvent[*Mail](m)
	})
	report("after the scope of a request that fails", recording, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Mail](m, cqrs.AfterScope())
		cqrs.BindEvent[*Seats](m)
	})
	report("durable", recording, durable)
	noRelay()
}

// logged shows what the log says of an event without a handler.
func logged() {
	mediator := newMediator(recording, outboxtest.NewStore(), nil, bootstrap.WithLogger(newLogger()))
	fmt.Println("in the log:")
	fmt.Println(mediator.Send(context.Background(), JoinMeeting{}))
	fmt.Println()
}

func durable(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
	cqrs.BindEvent[*Mail](m, cqrs.Durable("mail"))
}

// noRelay shows a delivery that waits.
func noRelay() {
	ctx := context.Background()
	store := outboxtest.NewStore()
	mediator := newMediator(recording, store, durable)
	show := func(when string) {
		stats, err := store.Stats(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if len(stats) == 0 {
			fmt.Printf("%s: nothing is pending\n", when)
		}
		for _, s := range stats {
			fmt.Printf("%s: %s: pending %d, dead %d, paused %t\n", when, s.Subscription, s.Pending, s.Dead, s.Paused)
		}
	}
	must(mediator.Send(ctx, JoinMeeting{}))
	show("no relay has run")

	must(store.Pause(ctx, "mail"))
	relay, err := outbox.NewRelay(store, mediator)
	must(err)
	must(relay.Drain(ctx))
	show("the subscription is paused")

	must(store.Resume(ctx, "mail"))
	must(relay.Drain(ctx))
	show("a relay has run")
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// newLogger returns a logger that prints no times.
func newLogger() *zap.Logger {
	encoder := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{
		LevelKey: "level", MessageKey: "msg", EncodeLevel: zapcore.LowercaseLevelEncoder, ConsoleSeparator: "  ",
	})
	return zap.New(zapcore.NewCore(encoder, os.Stdout, zapcore.WarnLevel))
}
