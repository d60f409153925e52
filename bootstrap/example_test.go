package bootstrap_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// The messages of the examples.
type (
	Greet struct {
		cqrs.Command
		Name string
	}
	CountGuests struct{ cqrs.Query[int] }
	Greeted     struct {
		cqrs.DomainEvent
		Name string
	}
)

// Guests is a singleton.
type Guests struct{ names []string }

func NewGuests() *Guests { return &Guests{} }

type GreetHandler struct {
	cqrs.EventRecorder
	guests *Guests
}

func NewGreetHandler(g *Guests) *GreetHandler { return &GreetHandler{guests: g} }

func (h *GreetHandler) Handle(_ context.Context, c Greet) error {
	fmt.Println("hello", c.Name)
	h.guests.names = append(h.guests.names, c.Name)
	h.Record(Greeted{Name: c.Name})
	return nil
}

type CountGuestsHandler struct{ guests *Guests }

func NewCountGuestsHandler(g *Guests) *CountGuestsHandler { return &CountGuestsHandler{g} }

func (h *CountGuestsHandler) Handle(context.Context, CountGuests) (int, error) {
	return len(h.guests.names), nil
}

type GreetedHandler struct{}

func NewGreetedHandler() *GreetedHandler { return &GreetedHandler{} }

func (*GreetedHandler) Handle(_ context.Context, e Greeted) error {
	fmt.Println(e.Name, "was greeted")
	return nil
}

// The mappers of the examples.
func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*GreetHandler](m) }
func queries(m *cqrs.RequestMap)  { cqrs.BindRequest[*CountGuestsHandler](m) }
func events(m *cqrs.EventMap)     { cqrs.BindEvent[*GreetedHandler](m) }

// guestbook returns the container of the examples.
func guestbook() *container.Container {
	c := container.New()
	if err := c.ProvideAll(NewGuests, NewGreetHandler, NewCountGuestsHandler, NewGreetedHandler); err != nil {
		fmt.Println(err)
	}
	return c
}

// send sends Greet to the mediator, and prints the error if there is one.
func send(m *cqrs.Mediator, err error) {
	if err == nil {
		err = m.Send(context.Background(), Greet{Name: "Ada"})
	}
	if err != nil {
		fmt.Println(err)
	}
}

func ExampleNew() {
	c := container.New()
	if err := c.ProvideAll(NewGuests, NewGreetHandler, NewGreetedHandler); err != nil {
		fmt.Println(err)
		return
	}
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := mediator.Send(context.Background(), Greet{Name: "Ada"}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// hello Ada
	// Ada was greeted
}

// New reports every problem at once.
func ExampleNew_problems() {
	c := container.New()
	_ = c.Provide(NewGreetHandler)
	_, err := bootstrap.New(c, commands, events)

	all, _ := errors.AsType[*bootstrap.Error](err)
	for _, problem := range all.Problems {
		fmt.Println(errors.Is(problem, container.ErrMissing))
	}
	// Output:
	// true
	// true
}

func ExampleWithQueries() {
	mediator, err := bootstrap.New(guestbook(), commands, events, bootstrap.WithQueries(queries))
	send(mediator, err)
	fmt.Println(cqrs.Send(context.Background(), mediator, CountGuests{}))
	// Output:
	// hello Ada
	// Ada was greeted
	// 1 <nil>
}

func ExampleWithLogger() {
	log := zap.NewExample(zap.IncreaseLevel(zap.WarnLevel)) // without a line for each request
	send(bootstrap.New(guestbook(), commands, nil, bootstrap.WithLogger(log)))
	// Output:
	// hello Ada
	// {"level":"warn","msg":"event without a handler","event":"bootstrap_test.Greeted"}
}

func ExampleWithMiddleware() {
	announce := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		fmt.Println("before the", in.Kind())
		result, err := next(ctx, in)
		fmt.Println("after the", in.Kind())
		return result, err
	}
	send(bootstrap.New(guestbook(), commands, events, bootstrap.WithMiddleware(cqrs.MiddlewareFunc(announce))))
	// Output:
	// before the command
	// hello Ada
	// after the command
	// before the event
	// Ada was greeted
	// after the event
}

func ExampleWithOnStartup() {
	migrate := func() error { fmt.Println("migrate"); return nil }
	errNetwork := errors.New("no network")
	warmUp := func() error { return errNetwork }
	_, err := bootstrap.New(guestbook(), commands, events, bootstrap.WithOnStartup(migrate, warmUp))
	fmt.Println(errors.Is(err, bootstrap.ErrStartup), errors.Is(err, errNetwork))
	// Output:
	// migrate
	// true true
}

// Meeting is where handlers wait for each other.
type Meeting struct{ arrived chan string }

// Guest handles Greeted, and waits until another Guest handles it at the same time.
type Guest struct{ meeting *Meeting }

func (g *Guest) Handle(_ context.Context, e Greeted) error {
	select {
	case g.meeting.arrived <- e.Name:
	case other := <-g.meeting.arrived:
		fmt.Println("two handlers met:", other != e.Name)
	}
	return nil
}

func ExampleWithEventConcurrency() {
	c := container.New()
	_ = c.Provide(func() *Meeting { return &Meeting{make(chan string)} })
	_ = c.Provide(func(m *Meeting) *Guest { return &Guest{m} })
	mediator, err := bootstrap.New(c, nil, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Guest](m, cqrs.AfterScope())
	}, bootstrap.WithEventConcurrency(2))
	if err == nil {
		err = mediator.Publish(context.Background(), Greeted{Name: "Ada"}, Greeted{Name: "Bob"})
	}
	fmt.Println(err)
	// Output:
	// two handlers met: true
	// <nil>
}

// Echo records each event that it handles again, without end.
type Echo struct{ cqrs.EventRecorder }

func (h *Echo) Handle(_ context.Context, e Greeted) error {
	h.Record(e)
	return nil
}

func ExampleWithEventLimit() {
	c := container.New()
	_ = c.Provide(func() *Echo { return &Echo{} })
	mediator, err := bootstrap.New(c, nil, func(m *cqrs.EventMap) { cqrs.BindEvent[*Echo](m) },
		bootstrap.WithEventLimit(10))
	if err == nil {
		err = mediator.Publish(context.Background(), Greeted{Name: "Ada"})
	}
	if exceeded, ok := errors.AsType[*cqrs.EventLimitError](err); ok {
		fmt.Println("limit:", exceeded.Limit)
	}
	// Output:
	// limit: 10
}

// Countdown is a command whose handler sends it again.
type Countdown struct{ cqrs.Command }

type CountdownHandler struct{ sender cqrs.Sender }

func NewCountdownHandler(s cqrs.Sender) *CountdownHandler { return &CountdownHandler{s} }

func (h *CountdownHandler) Handle(ctx context.Context, c Countdown) error {
	return h.sender.Send(ctx, c)
}

func ExampleWithNestingLimit() {
	c := container.New()
	_ = c.Provide(NewCountdownHandler)
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[*CountdownHandler](m) }, nil,
		bootstrap.WithNestingLimit(10))
	if err == nil {
		err = mediator.Send(context.Background(), Countdown{})
	}
	if exceeded, ok := errors.AsType[*cqrs.NestingLimitError](err); ok {
		fmt.Println("limit:", exceeded.Limit)
	}
	// Output:
	// limit: 10
}

func ExampleWithStrictEvents() {
	send(bootstrap.New(guestbook(), commands, nil, bootstrap.WithStrictEvents()))
	// Output:
	// hello Ada
	// cqrs: delivery of event bootstrap_test.Greeted failed: no handler is bound to event bootstrap_test.Greeted, but bootstrap.WithStrictEvents requires one; bind one with cqrs.BindEvent
}
