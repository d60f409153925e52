// Command streaming shows a request that returns many items: the progress of an
// import. Events are handled between the items. A consumer that breaks out of its
// loop ends the request, and the work done so far is discarded.
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

// ImportUsers streams the number of users imported so far.
type ImportUsers struct {
	cqrs.StreamOf[int]
	Users []string
}

// UserImported reports that a user was imported.
type UserImported struct {
	cqrs.DomainEvent
	User string
}

// Store holds what outlives a request. There is only one.
type Store struct {
	users, handled []string
	outcome        error // of the last import
}

// Batch holds what one import has done so far.
type Batch struct{ users []string }

// NewBatch is scoped: its finalizer keeps the users of the import, or discards them.
func NewBatch(store *Store) (*Batch, container.Finalizer) {
	batch := &Batch{}
	return batch, func(_ context.Context, outcome error) error {
		if store.outcome = outcome; outcome != nil {
			fmt.Printf("Discarded %d users: %v\n", len(batch.users), outcome)
			return nil
		}
		fmt.Printf("Kept %d users\n", len(batch.users))
		store.users = append(store.users, batch.users...)
		return nil
	}
}

// ImportUsersHandler runs one import. Its events are dispatched whenever it yields an item.
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

// UserImportedHandler runs before the consumer receives the item.
type UserImportedHandler struct{ store *Store }

func NewUserImportedHandler(s *Store) *UserImportedHandler { return &UserImportedHandler{store: s} }

func (h *UserImportedHandler) Handle(_ context.Context, e UserImported) error {
	h.store.handled = append(h.store.handled, e.User)
	fmt.Printf("User %s was imported\n", e.User)
	return nil
}

func streams(m *cqrs.RequestMap) { cqrs.BindStream[*ImportUsersHandler](m) }
func events(m *cqrs.EventMap)    { cqrs.BindEvent[*UserImportedHandler](m) }

func NewMediator(store *Store) (*cqrs.Mediator, error) {
	c := container.New()
	if err := errors.Join(
		c.ProvideAll(func() *Store { return store }, NewImportUsersHandler, NewUserImportedHandler),
		c.Provide(NewBatch, container.Scoped()),
	); err != nil {
		return nil, err
	}
	return bootstrap.New(c, streams, events)
}

func main() {
	ctx, store := context.Background(), &Store{}
	mediator, err := NewMediator(store)
	if err != nil {
		log.Fatal(err)
	}
	for _, enough := range []int{4, 2} { // the first import has only 3 items
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
		log.Fatalf("want 3 users and 5 events, got: %+v", *store)
	}
}
