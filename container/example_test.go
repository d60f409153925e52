package container_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Request is the scoped value of these examples.
type Request struct{ number int }

// requests numbers the requests of an example, from 1.
type requests struct{ last int }

func (r *requests) next() *Request {
	r.last++
	return &Request{number: r.last}
}

// serve does what a mediator does with a request: it opens a scope that supplies ctx, builds a
// handler of type H, calls handle with it, and runs the finalizers with the outcome.
func serve[H any](ctx context.Context, c *container.Container, handle func(H) error) error {
	plan, err := c.Compile([]wiring.Root{{Type: reflect.TypeFor[H](), Bound: "bound in an example"}})
	if err != nil {
		return err
	}
	scope := plan.NewScope(supplier{reflect.TypeFor[context.Context](): ctx})
	handler, err := scope.Build(0)
	if err == nil {
		err = handle(handler.(H))
	}
	for ran := true; ran; {
		var failed error
		ran, failed = container.Finalize(context.WithoutCancel(ctx), scope, err)
		err = errors.Join(err, failed)
	}
	return err
}

type Greeter struct {
	request *Request
	words   []string
}

func NewGreeter(r *Request, words []string) *Greeter { return &Greeter{r, words} }

func (g *Greeter) Greet() error {
	fmt.Printf("request %d: %s\n", g.request.number, strings.Join(g.words, " "))
	return nil
}

func ExampleScoped() {
	c := container.New()
	var all requests
	_ = c.Provide(func() []string { fmt.Println("a singleton"); return []string{"hello"} })
	_ = c.Provide(all.next, container.Scoped())
	_ = c.Provide(NewGreeter)

	for range 2 {
		if err := serve(context.Background(), c, (*Greeter).Greet); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// a singleton
	// request 1: hello
	// request 2: hello
}

type Tx struct{}

// Begin begins a transaction, which is committed only if the request succeeds.
func Begin() (*Tx, container.Finalizer) {
	fmt.Println("begin")
	return &Tx{}, func(_ context.Context, outcome error) error {
		if outcome != nil {
			fmt.Println("roll back:", outcome)
		} else {
			fmt.Println("commit")
		}
		return nil
	}
}

type Transfer struct{ tx *Tx }

func NewTransfer(tx *Tx) *Transfer { return &Transfer{tx} }

func ExampleFinalizer() {
	c := container.New()
	_ = c.Provide(Begin, container.Scoped())
	_ = c.Provide(NewTransfer)

	_ = serve(context.Background(), c, func(*Transfer) error { return nil })
	_ = serve(context.Background(), c, func(*Transfer) error { return errors.New("no funds") })
	// Output:
	// begin
	// commit
	// begin
	// roll back: no funds
}

// Booking has the methods of a database transaction.
type Booking struct{}

var errBookingDone = errors.New("the booking has already ended") // like sql.ErrTxDone

func (*Booking) Commit() error   { fmt.Println("commit"); return nil }
func (*Booking) Rollback() error { fmt.Println("roll back"); return nil }

func BeginBooking(ctx context.Context) (*Booking, error) { return &Booking{}, ctx.Err() }

// NewBooking begins a booking, which its finalizer commits or rolls back.
func NewBooking(ctx context.Context) (*Booking, container.Finalizer, error) {
	tx, err := BeginBooking(ctx)
	return tx, container.Transaction(tx, errBookingDone), err
}

type Reserve struct{ tx *Booking }

func NewReserve(tx *Booking) *Reserve { return &Reserve{tx} }

func ExampleTransaction() {
	c := container.New()
	_ = c.Provide(NewBooking, container.Scoped())
	_ = c.Provide(NewReserve)

	_ = serve(context.Background(), c, func(*Reserve) error { return nil })
	_ = serve(context.Background(), c, func(*Reserve) error { return errors.New("no seat") })
	// Output:
	// commit
	// roll back
}

func ExampleContainer_Close() {
	c := container.New()
	_ = c.Provide(Begin) // a singleton here
	_ = c.Invoke(func(*Tx) {})
	_ = c.Close(context.Background())
	// Output:
	// begin
	// commit
}

// Rules receives a value group.
type Rules struct {
	dig.In
	All []string `group:"rules"`
}

type Checker struct{ rules []string }

func NewChecker(rules Rules) *Checker { return &Checker{rules.All} }

func ExampleGroup() {
	c := container.New()
	var all requests
	_ = c.Provide(all.next, container.Scoped())
	_ = c.Provide(func() string { return "be polite" }, container.Group("rules"))
	_ = c.Provide(func(r *Request) string {
		return fmt.Sprintf("answer request %d", r.number)
	}, container.Group("rules"), container.Scoped())
	_ = c.Provide(NewChecker)

	for range 2 {
		_ = serve(context.Background(), c, func(h *Checker) error {
			fmt.Println(strings.Join(h.rules, ", "))
			return nil
		})
	}
	// Output:
	// be polite, answer request 1
	// be polite, answer request 2
}

func ExampleWrap() {
	existing := dig.New()
	_ = existing.Provide(func() []string { return []string{"from", "dig"} })

	c := container.Wrap(existing)
	var all requests
	_ = c.Provide(all.next, container.Scoped())
	_ = c.Provide(NewGreeter)
	_ = serve(context.Background(), c, (*Greeter).Greet)

	err := existing.Invoke(func(*Request) {})
	fmt.Println(errors.Is(err, container.ErrScoped))
	// Output:
	// request 1: from dig
	// true
}

type Ping struct{ calls int }

func ExampleSingleton() {
	c := container.New()
	_ = c.Provide(func() *Ping { return &Ping{} }, container.Singleton())

	for range 2 {
		_ = serve(context.Background(), c, func(h *Ping) error {
			h.calls++
			fmt.Println("calls:", h.calls)
			return nil
		})
	}
	// Output:
	// calls: 1
	// calls: 2
}

func ExampleContainer_Decorate() {
	c := container.New()
	var all requests
	_ = c.Provide(all.next, container.Scoped())
	_ = c.Provide(func() []string { return []string{"hello"} })
	_ = c.Provide(NewGreeter)
	// Runs once:
	_ = c.Decorate(func(words []string) []string { return append(words, "world") })
	// Runs in each request, on the result of the above:
	_ = c.Decorate(func(words []string, r *Request) []string {
		return append(words, strings.Repeat("!", r.number))
	}, container.Scoped())

	for range 2 {
		_ = serve(context.Background(), c, (*Greeter).Greet)
	}
	// Output:
	// request 1: hello world !
	// request 2: hello world !!
}

// JoinHandler takes its dependencies in one struct, so its constructor has one parameter.
type JoinHandler struct{ deps JoinDeps }

type JoinDeps struct {
	dig.In
	Greeting string
	Seats    int `name:"seats"`
}

func NewJoinHandler(d JoinDeps) *JoinHandler { return &JoinHandler{d} }

func ExampleTyped() {
	c := container.New()
	c.Provide(func() string { return "Welcome" })
	c.Provide(func() int { return 12 }, container.Name("seats"))
	c.Provide(container.Typed(NewJoinHandler))

	plan, err := c.Compile([]wiring.Root{{Type: reflect.TypeFor[*JoinHandler]()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := plan.NewScope(nil).Build(0)
	fmt.Println(handler.(*JoinHandler).deps.Greeting, handler.(*JoinHandler).deps.Seats, err)
	// Output: Welcome 12 <nil>
}
