// Package room is a meeting room with an HTTP API, a stream and a background worker.
//
//   - room.go has the room, its messages and their handlers.
//   - api.go decodes and encodes, and turns errors into status codes.
//   - stream.go sends a stream as server-sent events.
//   - worker.go is a background worker.
//   - run.go puts everything together, and stops it in the right order.
package room

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

var (
	// ErrFull reports that the room has no seat left.
	ErrFull = errors.New("the room is full")
	// ErrEmpty reports that nobody is in a seat.
	ErrEmpty = errors.New("the seat is empty")
)

// Join lets a user join, and returns the number of the seat.
type Join struct {
	cqrs.CommandOf[int]
	User string `json:"user"`
}

// Validate runs before the handler is built.
func (c Join) Validate(context.Context) error {
	var f middleware.Fields
	if c.User == "" {
		f.Add("user", "must not be empty")
	}
	return f.Err()
}

// ReadSeat returns the user in a seat.
type ReadSeat struct {
	cqrs.Query[string]
	Seat int
}

// Watch streams the users in the room, and everybody who joins later.
type Watch struct{ cqrs.StreamOf[string] }

// Timeout exempts the stream from middleware.Timeout.
func (Watch) Timeout() time.Duration { return 0 }

// Room has two seats. It is safe for concurrent use.
type Room struct {
	mu      sync.Mutex
	users   []string
	changed chan struct{} // closed when somebody joins
}

func NewRoom() *Room { return &Room{changed: make(chan struct{})} }

func (r *Room) join(user string) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.users) == 2 {
		return 0, ErrFull
	}
	r.users = append(r.users, user)
	close(r.changed)
	r.changed = make(chan struct{})
	return len(r.users), nil
}

func (r *Room) seat(n int) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n < 1 || n > len(r.users) {
		return "", ErrEmpty
	}
	return r.users[n-1], nil
}

func (r *Room) after(n int) (users []string, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.users[n:]), r.changed
}

func NewJoinHandler(r *Room) cqrs.RequestFunc[Join, int] {
	return func(_ context.Context, c Join) (int, error) { return r.join(c.User) }
}

func NewReadSeatHandler(r *Room) cqrs.RequestFunc[ReadSeat, string] {
	return func(_ context.Context, q ReadSeat) (string, error) { return r.seat(q.Seat) }
}

func NewWatchHandler(r *Room) cqrs.StreamFunc[Watch, string] {
	return func(ctx context.Context, _ Watch) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for n := 0; ; {
				users, changed := r.after(n)
				for _, user := range users {
					if !yield(user, nil) {
						return
					}
				}
				n += len(users)
				select {
				case <-changed:
				case <-ctx.Done():
					yield("", ctx.Err())
					return
				}
			}
		}
	}
}
