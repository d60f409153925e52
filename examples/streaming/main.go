// Command streaming shows a request that is answered by many items: the
// progress of an import. Events are handled between the items. A consumer that
// breaks off ends the request, and what it has done is given up.
//
//	go run ./examples/streaming
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// ImportUsers is answered by how many users are imported so far, time and again.
type ImportUsers struct {
	cqrs.StreamOf[int]
	Users []string
}

// UserImported says that a user was imported.
type UserImported struct {
	cqrs.DomainEvent
	User string
}

// Store is all that outlives a request. The container has one.
type Store struct {
	users, handled []string
	outcome        error // of the last import
}

// Batch is what one import has done so far.
type Batch struct{ users []string }

// NewBatch is scoped: its finalizer keeps what an import has done, or gives it up.
func NewBatch(store *Store) (*Batch, container.Finalizer) {
	batch := &Batch{}
	return batch, func(_ context.Context, outcome error) error {
		if store.outcome = outcome; outcome != nil {
			fmt.Printf("Gave up %d users: %v\n", len(batch.users), outcome)
			return nil
		}
		fmt.Printf("Kept %d users\n", len(batch.users))
		store.users = append(store.users, batch.users...)
		return nil
	}
}

// ImportUsersHandler sees one import. Its events wait for the next item.
type ImportUsersHandler struct {
	cqrs.EventRecorder
	batch *Batch
}

func NewImportUsersHandler(b *Batch) *ImportUsersHandler { return &ImportUsersHandler{batch: b} }

func (h *ImportUsersHandler) Handle(_ context.Context, s ImportUsers) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for _, user := range s.Users {
			h.batch.users = append(h.batch.users, user)
			h.Record(UserImported{User: user})
			if !yield(len(h.batch.users), nil) {
				return
			}
		}
	}
}

// UserImportedHandler runs before the consumer gets the item.
type UserImportedHandler struct{ store *Store }

func NewUserImportedHandler(s *Store) *UserImportedHandler { return &UserImportedHandler{store: s} }

func (h *UserImportedHandler) Handle(_ context.Context, e UserImported) error {
	h.store.handled = append(h.store.handled, e.User)
	fmt.Printf("Handle user %s imported event\n", e.User)
	return nil
}

func streams(m *cqrs.RequestMap) { cqrs.BindStream[*ImportUsersHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*UserImportedHandler](m) }

func main() {
	ctx, store := context.Background(), &Store{}
	c := container.New()
	err := errors.Join(
		c.ProvideAll(func() *Store { return store }, NewImportUsersHandler, NewUserImportedHandler),
		c.Provide(NewBatch, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, streams, events)
	if err != nil {
		log.Fatal(err)
	}
	for _, enough := range []int{4, 2} { // the first import ends before that
		for progress, err := range cqrs.Stream(ctx, mediator, ImportUsers{Users: []string{"1", "2", "3"}}) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%d of 3\n", progress)
			if progress == enough {
				break
			}
		}
	}
	if len(store.users) != 3 || len(store.handled) != 5 || !errors.Is(store.outcome, cqrs.ErrStreamStopped) {
		log.Fatalf("3 users and 5 events were expected, but there is: %+v", *store)
	}
}
