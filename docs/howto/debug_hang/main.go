// Command debug_hang shows why a request does not end. The how-to page on debugging explains it.
//
//	go run ./docs/howto/debug_hang
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"regexp"
	"runtime/pprof"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct{ cqrs.Command }

type UserJoined struct{ cqrs.DomainEvent }

// WriteAudit is a command that the handler of JoinMeeting sends.
type WriteAudit struct{ cqrs.Command }

type ListUsers struct{ cqrs.StreamOf[string] }

// Pool is a pool of one connection to a database.
type Pool chan struct{}

func NewPool() Pool { return make(Pool, 1) }

type Tx struct{}

func BeginTx(ctx context.Context, pool Pool) (*Tx, container.Finalizer, error) {
	select {
	case pool <- struct{}{}:
		return &Tx{}, func(context.Context, error) error { <-pool; return nil }, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// Work is what the handler of JoinMeeting does.
type Work func(context.Context, cqrs.Sender) error

type Joining struct {
	cqrs.EventRecorder
	sender cqrs.Sender
	work   Work
}

func NewJoining(_ *Tx, sender cqrs.Sender, work Work) *Joining {
	return &Joining{sender: sender, work: work}
}

func (h *Joining) Handle(ctx context.Context, _ JoinMeeting) error {
	h.Record(UserJoined{})
	return h.work(ctx, h.sender)
}

type Audit struct{}

func NewAudit(*Tx) *Audit { return &Audit{} }

func (*Audit) Handle(context.Context, WriteAudit) error { return nil }

type Users struct{}

func NewUsers(*Tx) *Users { return &Users{} }

func (*Users) Handle(context.Context, ListUsers) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield("Ann", nil) }
}

// Mail waits for a server that does not answer.
type Mail struct{}

func NewMail() *Mail { return &Mail{} }

func (*Mail) Handle(ctx context.Context, _ UserJoined) error {
	<-ctx.Done()
	return ctx.Err()
}

func newMediator(work Work, events func(*cqrs.EventMap), opts ...bootstrap.Option) *cqrs.Mediator {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewPool, NewJoining, NewAudit, NewUsers, NewMail, func() Work { return work }),
		c.Provide(BeginTx, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*Joining](m)
		cqrs.BindCommand[*Audit](m)
		cqrs.BindStream[*Users](m)
	}, events, append(opts, bootstrap.WithLogger(zap.NewNop()))...)
	if err != nil {
		log.Fatal(err)
	}
	return mediator
}

// report prints the report of a command that gets a deadline.
func report(title string, mediator *cqrs.Mediator) {
	fmt.Printf("%s:\n", title)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, report, err := cqrs.SendReport(ctx, mediator, JoinMeeting{})
	fmt.Printf("done: %t\n%v\n", cqrs.Done(err), report)
}

var turn = make(chan struct{}, 1)

// OneAtATime has one message handled at a time.
func OneAtATime(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
		return next(ctx, in)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func main() {
	var mediator *cqrs.Mediator
	throughMediator := func(ctx context.Context, _ cqrs.Sender) error { return mediator.Send(ctx, WriteAudit{}) }
	mediator = newMediator(throughMediator, nil)
	report("two scopes and one connection", mediator)

	throughSender := func(ctx context.Context, sender cqrs.Sender) error { return sender.Send(ctx, WriteAudit{}) }
	report("a middleware waits for itself", newMediator(throughSender, nil,
		bootstrap.WithMiddleware(cqrs.MiddlewareFunc(OneAtATime))))

	nothing := func(context.Context, cqrs.Sender) error { return nil }
	report("an after-scope handler waits", newMediator(nothing, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Mail](m, cqrs.AfterScope())
	}))

	stream(newMediator(nothing, nil))
	dump()
}

// stream sends in the body of a range.
func stream(mediator *cqrs.Mediator) {
	fmt.Println("a request in the body of a range over a stream:")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	for user, err := range cqrs.Stream(ctx, mediator, ListUsers{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(user, mediator.Send(ctx, WriteAudit{}))
	}
	fmt.Println()
}

// dump prints where the goroutine of a request waits.
func dump() {
	fmt.Println("a handler that ignores its context:")
	waiting, stop := make(chan struct{}), make(chan struct{})
	mediator := newMediator(func(context.Context, cqrs.Sender) error {
		close(waiting)
		return waitForever(stop)
	}, nil)
	ended := make(chan struct{})
	go func() {
		_ = mediator.Send(context.Background(), JoinMeeting{})
		close(ended)
	}()
	<-waiting
	fmt.Print(goroutines("main.waitForever"))
	close(stop)
	<-ended
}

func waitForever(stop chan struct{}) error {
	<-stop
	return nil
}

// goroutines returns the functions of the application in each goroutine that is in a function.
func goroutines(function string) string {
	var all, found strings.Builder
	for {
		all.Reset()
		found.Reset()
		if err := pprof.Lookup("goroutine").WriteTo(&all, 2); err != nil {
			return err.Error()
		}
		for _, g := range strings.Split(all.String(), "\n\n") {
			if !strings.Contains(g, function) || !strings.Contains(g, "[chan receive") {
				continue
			}
			for _, m := range regexp.MustCompile(`(?m)^(main\.\S+|\S+/cqrs\.\(\*Mediator\)\.Send)\(`).FindAllStringSubmatch(g, -1) {
				fmt.Fprintln(&found, m[1])
			}
		}
		if found.Len() > 0 {
			return found.String()
		}
	}
}
