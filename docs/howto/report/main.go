// Command report shows what requests did. The how-to page on reports explains it.
//
//	go run ./docs/howto/report
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct {
	cqrs.CommandOf[string]
	User string
}

type UserJoined struct {
	cqrs.DomainEvent
	User string
}

type Tx struct{}

func BeginTx() (*Tx, container.Finalizer) {
	tx := &Tx{}
	return tx, container.Transaction(tx)
}

func (*Tx) Commit() error   { return nil }
func (*Tx) Rollback() error { return nil }

type JoinMeetingHandler struct {
	cqrs.EventRecorder
}

func NewJoinMeetingHandler(*Tx) *JoinMeetingHandler { return &JoinMeetingHandler{} }

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) (string, error) {
	h.Record(UserJoined{User: c.User})
	return "https://meet.example/" + c.User, nil
}

type SeatHandler struct{}

func NewSeatHandler(*Tx) *SeatHandler { return &SeatHandler{} }

func (*SeatHandler) Handle(_ context.Context, e UserJoined) error {
	if e.User == "Bob" {
		return errors.New("the room is full")
	}
	return nil
}

type WelcomeMail struct{}

func NewWelcomeMail() *WelcomeMail { return &WelcomeMail{} }

func (*WelcomeMail) Handle(context.Context, UserJoined) error { return nil }

func commands(m *cqrs.RequestMap) { cqrs.BindRequest[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) {
	cqrs.BindEvent[*SeatHandler](m)
	cqrs.BindEvent[*WelcomeMail](m, cqrs.AfterScope())
}

func newMediator(options ...bootstrap.Option) *cqrs.Mediator {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewJoinMeetingHandler, NewSeatHandler, NewWelcomeMail),
		c.Provide(BeginTx, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events, options...)
	if err != nil {
		log.Fatal(err)
	}
	return mediator
}

// oneRequest prints the report of one request.
func oneRequest(user string) {
	mediator := newMediator()
	ctx := context.Background()
	link, report, err := cqrs.SendReport(ctx, mediator, JoinMeeting{User: user})
	fmt.Printf("%q, %v\n", link, err)
	fmt.Print(report)
}

// failures prints where a request failed.
func failures() {
	_, report, _ := cqrs.SendReport(context.Background(), newMediator(), JoinMeeting{User: "Bob"})
	for step := range report.All() {
		if step.Kind == cqrs.StepHandler && step.Err != nil {
			fmt.Println(step.Name, "failed:", step.Err)
			fmt.Println("bound at", step.Where)
		}
	}
}

// LogReports returns an observer that logs the reports of requests that fail or are slow.
func LogReports(log *zap.Logger, slow time.Duration) cqrs.Observer {
	return cqrs.Observer{Reported: func(r *cqrs.Report) {
		switch {
		case r.Root.Err != nil:
			log.Warn("request failed", zap.Stringer("report", r))
		case r.Root.Took > slow:
			log.Warn("request was slow", zap.String("report", r.Text()))
		}
	}}
}

// everyRequest logs the reports of some of all requests.
func everyRequest(log *zap.Logger) {
	mediator := newMediator(bootstrap.WithObserver(LogReports(log, time.Second)))
	for _, user := range []string{"Ann", "Bob"} {
		_, err := cqrs.Send(context.Background(), mediator, JoinMeeting{User: user})
		fmt.Printf("%s: %v\n", user, err)
	}
}

func main() {
	oneRequest("Ann")
	oneRequest("Bob")
	failures()
	everyRequest(newLogger())
}

// newLogger returns a logger that prints no times.
func newLogger() *zap.Logger {
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		LevelKey: "level", MessageKey: "msg", EncodeLevel: zapcore.LowercaseLevelEncoder,
	})
	return zap.New(zapcore.NewCore(encoder, os.Stdout, zapcore.DebugLevel))
}
