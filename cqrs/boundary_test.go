package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// A Task is a command whose handler does what the test says.
type Task struct {
	cqrs.Command
	Do func(ctx context.Context, h *taskHandler) error
}

type taskHandler struct {
	cqrs.EventRecorder
	sender cqrs.Sender
}

func (h *taskHandler) Handle(ctx context.Context, c Task) error { return c.Do(ctx, h) }

// A Thing is an event of tasks.
type Thing struct {
	cqrs.DomainEvent
	N int
}

type thingHandler struct{ seen *[]int }

func (h *thingHandler) Handle(_ context.Context, e Thing) error {
	*h.seen = append(*h.seen, e.N)
	return nil
}

// tasks returns a mediator for tasks, and the things that were seen in the scope.
func tasks(t *testing.T, more func(*container.Container), opts ...bootstrap.Option) (*cqrs.Mediator, *[]int) {
	t.Helper()
	seen := new([]int)
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func(s cqrs.Sender) *taskHandler { return &taskHandler{sender: s} },
		func() *thingHandler { return &thingHandler{seen} },
	))
	if more != nil {
		more(c)
	}
	m, err := bootstrap.New(c,
		func(m *cqrs.RequestMap) { cqrs.BindCommand[*taskHandler](m) },
		func(m *cqrs.EventMap) { cqrs.BindEvent[*thingHandler](m) }, opts...)
	require.NoError(t, err)
	return m, seen
}

// incomparable is an error that == panics on.
type incomparable struct{ details any }

func (incomparable) Error() string { return "incomparable" }

func TestMediator_boundaries(t *testing.T) {
	t.Parallel()
	fails := incomparable{[]string{"a", "b"}}

	t.Run("an error that cannot be compared comes back, also from a finalizer that returns it", func(t *testing.T) {
		t.Parallel()
		type unit struct{}
		c := container.New()
		require.NoError(t, c.Provide(func() (*unit, container.Finalizer) {
			return &unit{}, func(_ context.Context, outcome error) error { return outcome }
		}, container.Scoped()))
		require.NoError(t, c.Provide(func(*unit) *taskHandler { return &taskHandler{} }))
		m, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[*taskHandler](m) }, nil)
		require.NoError(t, err)
		err = m.Send(t.Context(), Task{Do: func(context.Context, *taskHandler) error { return fails }})
		var got incomparable
		require.ErrorAs(t, err, &got)
		assert.Equal(t, "incomparable", err.Error(), "the finalizer adds nothing of its own")
	})

	t.Run("a middleware that outlives its call gets an error, and the handler of no other request", func(t *testing.T) {
		t.Parallel()
		late := make(chan error, 1)
		released := make(chan struct{})
		var once cqrs.Middleware = cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				go func() {
					<-released
					_, err := next(ctx, in)
					late <- err
				}()
				return cqrs.Unit{}, nil
			})
		m, _ := tasks(t, nil, bootstrap.WithMiddleware(once))
		require.NoError(t, m.Send(t.Context(), Task{}))
		close(released)
		require.ErrorIs(t, <-late, cqrs.ErrRequestEnded)
	})

	t.Run("a middleware that leaves next running is waited for", func(t *testing.T) {
		t.Parallel()
		begun, finish, done := make(chan struct{}), make(chan struct{}), false
		m, _ := tasks(t, nil, bootstrap.WithMiddleware(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				go func() { _, _ = next(ctx, in) }()
				<-begun
				defer close(finish)
				return nil, errors.New("timed out")
			})))
		err := m.Send(t.Context(), Task{Do: func(context.Context, *taskHandler) error {
			close(begun)
			<-finish
			done = true
			return nil
		}})
		require.ErrorContains(t, err, "timed out")
		assert.True(t, done)
	})

	t.Run("a nested send that failed for the error of another request is not done", func(t *testing.T) {
		t.Parallel()
		m, _ := tasks(t, nil)
		var nested error
		require.NoError(t, m.Send(t.Context(), Task{Do: func(ctx context.Context, h *taskHandler) error {
			nested = h.sender.Send(ctx, Task{Do: func(context.Context, *taskHandler) error { return errors.New("no") }})
			return nil
		}}))
		assert.False(t, cqrs.Done(nested))
	})

	t.Run("events are raised all or none", func(t *testing.T) {
		t.Parallel()
		m, seen := tasks(t, nil)
		require.NoError(t, m.Send(t.Context(), Task{Do: func(ctx context.Context, h *taskHandler) error {
			nested := h.sender.Send(ctx, Task{Do: func(_ context.Context, h *taskHandler) error {
				h.Record(Thing{N: 1}, &Thing{N: 2})
				return nil
			}})
			require.ErrorIs(t, nested, cqrs.ErrPointer)
			require.ErrorIs(t, h.sender.Publish(ctx, Thing{N: 3}, nil), cqrs.ErrNilMessage)
			return h.sender.Publish(ctx, Thing{N: 4})
		}}))
		assert.Equal(t, []int{4}, *seen)
	})

	t.Run("a constructor cannot send, from whatever goroutine and to whatever handler", func(t *testing.T) {
		t.Parallel()
		var sent, published error
		c := container.New()
		require.NoError(t, c.Provide(func(s cqrs.Sender) *taskHandler {
			done := make(chan error)
			go func() { done <- s.Send(t.Context(), Task{}) }()
			sent = <-done
			published = s.Publish(t.Context(), Thing{})
			return &taskHandler{sender: s}
		}))
		m, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[*taskHandler](m) }, nil)
		require.NoError(t, err)
		require.NoError(t, m.Send(t.Context(), Task{Do: func(context.Context, *taskHandler) error { return nil }}))
		require.ErrorIs(t, sent, cqrs.ErrConstructing)
		require.ErrorIs(t, published, cqrs.ErrConstructing)
	})

	t.Run("all finalizers run although several end the goroutine", func(t *testing.T) {
		t.Parallel()
		type first struct{}
		type second struct{ *first }
		type third struct{ *second }
		var ran []int
		ends := func(n int) container.Finalizer {
			return func(context.Context, error) error {
				ran = append(ran, n)
				runtime.Goexit()
				return nil
			}
		}
		c := container.New()
		require.NoError(t, c.Provide(func() (*first, container.Finalizer) { return &first{}, ends(1) }, container.Scoped()))
		require.NoError(t, c.Provide(func(f *first) (*second, container.Finalizer) { return &second{f}, ends(2) },
			container.Scoped()))
		require.NoError(t, c.Provide(func(s *second) (*third, container.Finalizer) { return &third{s}, ends(3) },
			container.Scoped()))
		require.NoError(t, c.Provide(func(*third) *taskHandler { return &taskHandler{} }))
		m, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[*taskHandler](m) }, nil)
		require.NoError(t, err)
		onItsOwnGoroutine(func() {
			_ = m.Send(t.Context(), Task{Do: func(context.Context, *taskHandler) error { return nil }})
		})
		assert.Equal(t, []int{3, 2, 1}, ran)
	})

	t.Run("a nil mediator or Sender is an error", func(t *testing.T) {
		t.Parallel()
		var m *cqrs.Mediator
		require.ErrorIs(t, m.Send(t.Context(), Task{}), cqrs.ErrNilMediator)
		require.ErrorIs(t, m.Publish(t.Context(), Thing{}), cqrs.ErrNilMediator)
		require.ErrorIs(t, m.Run(t.Context(), nil), cqrs.ErrNilMediator)
		for _, s := range []cqrs.Sender{nil, m} {
			_, err := cqrs.Send(t.Context(), s, Task{})
			require.ErrorIs(t, err, cqrs.ErrNilMediator)
			for _, err := range cqrs.Stream(t.Context(), s, Numbers{}) {
				require.ErrorIs(t, err, cqrs.ErrNilMediator)
			}
		}
	})
}

func TestStream_boundaries(t *testing.T) {
	t.Parallel()

	t.Run("what is published through a Sender before an item is handled before the item", func(t *testing.T) {
		t.Parallel()
		var seen []int
		c := container.New()
		require.NoError(t, c.ProvideAll(
			func(s cqrs.Sender) *publishingHandler { return &publishingHandler{s} },
			func() *thingHandler { return &thingHandler{&seen} },
		))
		m, err := bootstrap.New(c,
			func(m *cqrs.RequestMap) { cqrs.BindStream[*publishingHandler](m) },
			func(m *cqrs.EventMap) { cqrs.BindEvent[*thingHandler](m) })
		require.NoError(t, err)
		for n, err := range cqrs.Stream(t.Context(), m, Numbers{}) {
			require.NoError(t, err)
			assert.Len(t, seen, n)
		}
		assert.Equal(t, []int{1, 2}, seen)
	})
}

func TestStream_LateNext(t *testing.T) {
	t.Parallel()
	late, released := make(chan error, 1), make(chan struct{})
	c := container.New()
	require.NoError(t, c.Provide(func() *numbersHandler { return new(numbersHandler) }))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindStream[*numbersHandler](m) }, nil,
		bootstrap.WithMiddleware(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				go func() {
					<-released
					_, err := next(ctx, in)
					late <- err
				}()
				return nil, nil
			})))
	require.NoError(t, err)
	for range cqrs.Stream(t.Context(), m, Numbers{}) {
		assert.Fail(t, "the middleware answers with nothing")
	}
	close(released)
	require.ErrorIs(t, <-late, cqrs.ErrRequestEnded)
}

type publishingHandler struct{ sender cqrs.Sender }

func (h *publishingHandler) Handle(ctx context.Context, _ Numbers) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for n := 1; n <= 2; n++ {
			if err := h.sender.Publish(ctx, Thing{N: n}); err != nil || !yield(n, nil) {
				return
			}
		}
	}
}
