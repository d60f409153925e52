// Command debug_twice shows why a handler runs twice. The how-to page on debugging explains it.
//
//	go run ./docs/howto/debug_twice
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type JoinMeeting struct{ cqrs.Command }

// TakeSeat is a command that the handler of JoinMeeting sends.
type TakeSeat struct{ cqrs.Command }

type UserJoined struct{ cqrs.DomainEvent }

// Joining records the event, and so does the handler of TakeSeat.
type Joining struct {
	cqrs.EventRecorder
	sender cqrs.Sender
}

func NewJoining(sender cqrs.Sender) *Joining { return &Joining{sender: sender} }

func (h *Joining) Handle(ctx context.Context, _ JoinMeeting) error {
	h.Record(UserJoined{})
	return h.sender.Send(ctx, TakeSeat{})
}

type Seats struct{ cqrs.EventRecorder }

func NewSeats() *Seats { return &Seats{} }

func (h *Seats) Handle(context.Context, TakeSeat) error {
	h.Record(UserJoined{})
	return nil
}

// Fails reports whether the next attempt fails.
type Fails func() bool

var errUnreachable = errors.New("the server is unreachable")

type Mail struct{ fails Fails }

func NewMail(fails Fails) *Mail { return &Mail{fails: fails} }

func (h *Mail) Handle(context.Context, UserJoined) error {
	if h.fails() {
		return errUnreachable
	}
	return nil
}

// OtherMail takes over from Mail.
type OtherMail struct{}

func NewOtherMail() *OtherMail { return &OtherMail{} }

func (*OtherMail) Handle(context.Context, UserJoined) error { return nil }

// AllMail receives every event.
type AllMail struct{}

func NewAllMail() *AllMail { return &AllMail{} }

func (*AllMail) Handle(context.Context, cqrs.Event) error { return nil }

// Retry attempts a request twice, but not the messages within it.
func Retry(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	if err == nil || in.Expected(err) || in.Binding() != in.Outermost() {
		return result, err
	}
	return next(ctx, in)
}

func BeginTx(store *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := store.Begin()
	return tx, container.Transaction(tx)
}

// newMediator returns a mediator in which Mail fails some times.
func newMediator(failures int, store *outboxtest.Store, events func(*cqrs.EventMap), opts ...bootstrap.Option) *cqrs.Mediator {
	fails := func() bool { failures--; return failures >= 0 }
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewJoining, NewSeats, NewMail, NewOtherMail, NewAllMail),
		c.ProvideAll(func() Fails { return fails }, func() *outboxtest.Store { return store }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*Joining](m)
		cqrs.BindCommand[*Seats](m)
	}, events, append(opts, bootstrap.WithLogger(zap.NewNop()))...)
	if err != nil {
		log.Fatal(err)
	}
	return mediator
}

// report prints the report of a command that raises the event once.
func report(title string, failures int, events func(*cqrs.EventMap), opts ...bootstrap.Option) error {
	fmt.Printf("%s:\n", title)
	mediator := newMediator(failures, outboxtest.NewStore(), events, opts...)
	_, report, err := cqrs.SendReport(context.Background(), mediator, TakeSeat{})
	fmt.Printf("%v\n", report)
	return err
}

func main() {
	mail := func(m *cqrs.EventMap) { cqrs.BindEvent[*Mail](m) }

	report("a retry", 1, mail, bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(Retry))))
	report("a fallback", 1, func(m *cqrs.EventMap) {
		cqrs.BindEventTarget(m, cqrs.Fallback(cqrs.EventTarget[*Mail](), cqrs.EventTarget[*OtherMail](), nil))
	})
	report("a subscription to an interface", 0, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Mail](m)
		cqrs.BindEvent[*AllMail](m)
	})
	recordedTwice(mail)
	sentAgain()
	redelivered()
}

func recordedTwice(mail func(*cqrs.EventMap)) {
	fmt.Println("the event is recorded twice:")
	_, report, _ := cqrs.SendReport(context.Background(), newMediator(0, outboxtest.NewStore(), mail), JoinMeeting{})
	fmt.Printf("%v\n", report)
}

// sentAgain shows a command that is done, although it has an error.
func sentAgain() {
	err := report("the caller sends again", 1, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*OtherMail](m)
		cqrs.BindEvent[*Mail](m, cqrs.AfterScope())
	})
	fmt.Printf("%v\ndone: %t\n\n", err, cqrs.Done(err))
}

// redelivered shows two attempts of a durable delivery.
func redelivered() {
	ctx := context.Background()
	store := outboxtest.NewStore()
	events := func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
		cqrs.BindEvent[*Mail](m, cqrs.Durable("mail"))
	}
	mediator := newMediator(1, store, events, bootstrap.WithObserver(cqrs.Observer{
		Delivered: func(_ context.Context, o cqrs.DeliveryOutcome) {
			fmt.Printf("attempt %d: %v, the same ID: %t\n", o.Attempt, o.Err, sameID(o.ID))
		},
	}))
	fmt.Println("a durable delivery:")
	must(mediator.Send(ctx, TakeSeat{}))
	relay, err := outbox.NewRelay(store, mediator)
	must(err)
	must(relay.Drain(ctx))
	store.Advance(time.Hour)
	must(relay.Drain(ctx))
}

var firstID string

func sameID(id string) bool {
	if firstID == "" {
		firstID = id
	}
	return id == firstID
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
