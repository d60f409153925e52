package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

var ErrBusy = errors.New("the database is busy")

type (
	BookRoom struct {
		cqrs.Command
		Room string
	}
	RoomBooked struct {
		cqrs.DomainEvent
		Room string
	}
)

// Tx is a transaction. The first commit fails.
type Tx struct{}

type Database struct{ commits int }

func NewDatabase() *Database { return &Database{} }

func NewTx(db *Database) (*Tx, container.Finalizer) {
	return &Tx{}, func(_ context.Context, outcome error) error {
		if outcome != nil {
			fmt.Println("  rolled back")
			return nil
		}
		if db.commits++; db.commits == 1 {
			fmt.Println("  commit failed")
			return ErrBusy
		}
		fmt.Println("  committed")
		return nil
	}
}

type BookRoomHandler struct{ cqrs.EventRecorder }

func NewBookRoomHandler(*Tx) *BookRoomHandler { return &BookRoomHandler{} }

func (h *BookRoomHandler) Handle(_ context.Context, c BookRoom) error {
	fmt.Println("  booked")
	h.Record(RoomBooked{Room: c.Room})
	return nil
}

type Calendar struct{}

func NewCalendar(*Tx) *Calendar { return &Calendar{} }

func (*Calendar) Handle(context.Context, RoomBooked) error {
	fmt.Println("  in the calendar")
	return nil
}

// Retry repeats the whole request in a new scope: its handler, its events and its
// commit. The options are those of failsafe-go.
func ExampleRetry() {
	again := retrypolicy.NewBuilder[any]().
		WithBackoff(time.Millisecond, time.Second).
		WithMaxAttempts(3).
		OnRetry(func(failsafe.ExecutionEvent[any]) { fmt.Println("retry:") })

	c := container.New()
	if err := errors.Join(
		c.ProvideAll(NewDatabase, NewBookRoomHandler, NewCalendar),
		c.Provide(NewTx, container.Scoped()),
	); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*BookRoomHandler](m, cqrs.WithMiddleware(resilience.Retry(again)))
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Calendar](m)
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("send:")
	fmt.Println(mediator.Send(context.Background(), BookRoom{Room: "north"}))
	// Output:
	// send:
	//   booked
	//   in the calendar
	//   commit failed
	// retry:
	//   booked
	//   in the calendar
	//   committed
	// <nil>
}
