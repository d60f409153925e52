// Command debug_commit shows why a transaction does not commit. The how-to page on debugging explains it.
//
//	go run ./docs/howto/debug_commit
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
)

type JoinMeeting struct{ cqrs.Command }

type UserJoined struct{ cqrs.DomainEvent }

// WriteAudit is a command that the handler of JoinMeeting sends.
type WriteAudit struct{ cqrs.Command }

// Tx stands in for the transaction of a database.
type Tx struct{}

func (*Tx) Commit() error   { fmt.Println("commit"); return nil }
func (*Tx) Rollback() error { fmt.Println("roll back"); return nil }

func BeginTx() (*Tx, container.Finalizer) {
	tx := &Tx{}
	return tx, container.Transaction(tx)
}

// BeginTxOnly forgets the finalizer.
func BeginTxOnly() *Tx { return &Tx{} }

// BeginTxUnreachable begins a transaction whose connection breaks.
func BeginTxUnreachable() (*Tx, container.Finalizer) {
	return &Tx{}, func(context.Context, error) error { return errors.New("the connection is closed") }
}

// Work is what the handler of JoinMeeting does.
type Work func(context.Context, cqrs.Sender) error

// Joining does what a case needs.
type Joining struct {
	cqrs.EventRecorder
	sender cqrs.Sender
	do     Work
}

func NewJoining(_ *Tx, sender cqrs.Sender, do Work) *Joining { return &Joining{sender: sender, do: do} }

func (h *Joining) Handle(ctx context.Context, _ JoinMeeting) error {
	h.Record(UserJoined{})
	return h.do(ctx, h.sender)
}

type Audit struct{}

func NewAudit(*Tx) *Audit { return &Audit{} }

func (*Audit) Handle(context.Context, WriteAudit) error { return nil }

type Seats struct{}

func NewSeats(*Tx) *Seats { return &Seats{} }

func (*Seats) Handle(context.Context, UserJoined) error { return nil }

func nothing(context.Context, cqrs.Sender) error { return nil }

// newMediator returns a mediator in whose container provide has put the constructor of the transaction.
func newMediator(work Work, provide func(*container.Container) error, opts ...bootstrap.Option) *cqrs.Mediator {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewJoining, NewAudit, NewSeats, func() Work { return work }),
		provide(c),
	)
	if err != nil {
		log.Fatal(err)
	}
	commands := func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*Joining](m)
		cqrs.BindCommand[*Audit](m)
	}
	mediator, err := bootstrap.New(c, commands, func(m *cqrs.EventMap) { cqrs.BindEvent[*Seats](m) }, opts...)
	if err != nil {
		log.Fatal(err)
	}
	return mediator
}

// scoped provides the transaction as it should be.
func scoped(begin any) func(*container.Container) error {
	return func(c *container.Container) error { return c.Provide(begin, container.Scoped()) }
}

// report prints the report of a command.
func report(title string, work Work, provide func(*container.Container) error) {
	fmt.Printf("%s:\n", title)
	mediator := newMediator(work, provide, bootstrap.WithLogger(newLogger()))
	_, report, _ := cqrs.SendReport(context.Background(), mediator, JoinMeeting{})
	fmt.Printf("%v\n", report)
}

func main() {
	report("everything is right", nothing, scoped(BeginTx))
	report("the handler fails", func(context.Context, cqrs.Sender) error {
		return errors.New("the meeting is over")
	}, scoped(BeginTx))
	report("no finalizer", nothing, scoped(BeginTxOnly))
	report("not scoped", nothing, func(c *container.Container) error { return c.Provide(BeginTxOnly) })
	report("the commit fails", nothing, scoped(BeginTxUnreachable))
	nested()
	preview()
}

// nested sends a command through the mediator, and then through the Sender.
func nested() {
	var mediator *cqrs.Mediator
	print := cqrs.Observer{Reported: func(r *cqrs.Report) { fmt.Printf("%v\n", r) }}
	fails := errors.New("the meeting is over")

	mediator = newMediator(func(ctx context.Context, _ cqrs.Sender) error {
		if err := mediator.Send(ctx, WriteAudit{}); err != nil {
			return err
		}
		return fails
	}, scoped(BeginTx), bootstrap.WithObserver(print))
	fmt.Println("through the mediator:")
	_ = mediator.Send(context.Background(), JoinMeeting{})

	mediator = newMediator(func(ctx context.Context, sender cqrs.Sender) error {
		if err := sender.Send(ctx, WriteAudit{}); err != nil {
			return err
		}
		return fails
	}, scoped(BeginTx), bootstrap.WithObserver(print))
	fmt.Println("through the Sender:")
	_ = mediator.Send(context.Background(), JoinMeeting{})
}

func preview() {
	fmt.Println("a preview:")
	report, _ := cqrs.Preview(context.Background(), newMediator(nothing, scoped(BeginTx)), JoinMeeting{})
	fmt.Print(report)
}

// newLogger returns a logger that prints no times.
func newLogger() *zap.Logger {
	encoder := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{
		LevelKey: "level", MessageKey: "msg", EncodeLevel: zapcore.LowercaseLevelEncoder, ConsoleSeparator: "  ",
	})
	return zap.New(zapcore.NewCore(encoder, os.Stdout, zapcore.WarnLevel))
}
