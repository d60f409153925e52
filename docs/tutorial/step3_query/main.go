// Command step3_query is step 3 of the tutorial: a query, whose result has the
// type that the query states.
//
//	go run ./docs/tutorial/step3_query
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Seat is what readers see of a user's place in the meeting.
type Seat struct{ Number int }

// FindSeat is answered by the seat of a user.
type FindSeat struct {
	cqrs.Query[Seat]
	User string
}

// ErrNotHere says that a user is not in the meeting.
var ErrNotHere = errors.New("the user is not in the meeting")

// Store is all that outlives a request. The container has one.
type Store struct{ users []string }

func NewStore() *Store { return &Store{users: []string{"Ann", "Bob"}} }

// FindSeatHandler reads the store.
type FindSeatHandler struct{ store *Store }

func NewFindSeatHandler(store *Store) *FindSeatHandler { return &FindSeatHandler{store: store} }

func (h *FindSeatHandler) Handle(_ context.Context, q FindSeat) (Seat, error) {
	for i, user := range h.store.users {
		if user == q.User {
			return Seat{Number: i + 1}, nil
		}
	}
	return Seat{}, ErrNotHere
}

func queries(m *cqrs.RequestMap) { cqrs.BindRequest[*FindSeatHandler](m) }

func main() {
	c := container.New()
	if err := c.ProvideAll(NewStore, NewFindSeatHandler); err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, nil, nil, bootstrap.WithQueries(queries))
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"Bob", "Cid"} {
		seat, err := cqrs.Send(context.Background(), mediator, FindSeat{User: user})
		switch {
		case errors.Is(err, ErrNotHere):
			fmt.Printf("%s has no seat: %v\n", user, err)
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Printf("%s has seat %d\n", user, seat.Number)
		}
	}
}
