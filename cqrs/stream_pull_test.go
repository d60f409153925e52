package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Pull is a command whose handler pulls one item of a stream and does not stop it.
type Pull struct{ cqrs.Command }

type pullHandler struct {
	sender cqrs.Sender
	pulled *pulled
}

// pulled holds the functions of the stream that the handler did not stop.
type pulled struct {
	next func() (int, error, bool)
	stop func()
}

func (h *pullHandler) Handle(ctx context.Context, _ Pull) error {
	h.pulled.next, h.pulled.stop = iter.Pull2(cqrs.Stream(ctx, h.sender, Numbers{}))
	_, err, _ := h.pulled.next()
	return err
}

// Numbers is a stream of 1, 2 and 3.
type Numbers struct{ cqrs.StreamOf[int] }

type numbersHandler struct{}

func (*numbersHandler) Handle(context.Context, Numbers) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for n := range 3 {
			if !yield(n+1, nil) {
				return
			}
		}
	}
}

func TestStream_PulledAndLeft(t *testing.T) {
	t.Parallel()
	left := new(pulled)
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func(s cqrs.Sender) *pullHandler { return &pullHandler{s, left} },
		func() *numbersHandler { return new(numbersHandler) },
	))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*pullHandler](m)
		cqrs.BindStream[*numbersHandler](m)
	}, nil)
	require.NoError(t, err)

	require.NoError(t, m.Send(t.Context(), Pull{}), "the request ends although the stream has not")
	_, err, ok := left.next()
	assert.True(t, ok)
	require.ErrorIs(t, err, cqrs.ErrRequestEnded)
	_, _, ok = left.next()
	assert.False(t, ok)
	left.stop()
}

func TestStream_ReadPastTheEndOfItsRequest(t *testing.T) {
	t.Parallel()
	for name, middleware := range map[string]func(*app) []cqrs.Middleware{
		"without middleware":       func(a *app) []cqrs.Middleware { a.withTx(); return nil },
		"with a scoped middleware": func(a *app) []cqrs.Middleware { return []cqrs.Middleware{paying(a)} },
		"with middleware that retries": func(a *app) []cqrs.Middleware {
			a.withTx()
			return []cqrs.Middleware{cqrs.MiddlewareFunc(twiceStream)}
		},
		"with retries around scoped middleware": func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{cqrs.MiddlewareFunc(twiceStream), paying(a)}
		},
	} {
		t.Run(name+" ends with an error and builds nothing", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			layers := middleware(a)
			var next func() (int, error, bool)
			var stop func()
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
				next, stop = iter.Pull2(cqrs.Stream(ctx, h.need, Export{}))
				n, err, ok := next()
				assert.True(t, ok)
				assert.Equal(t, 1, n)
				return err
			})
			stream(a, itemsOf(1, 2))
			m := a.start(bootstrap.WithMiddleware(onlyStreams(layers)...))
			require.NoError(t, m.Send(t.Context(), Join{}))
			defer stop()
			a.notes()
			_, err, ok := next()
			require.True(t, ok)
			require.ErrorIs(t, err, cqrs.ErrRequestEnded)
			_, _, ok = next()
			assert.False(t, ok)
			for _, note := range a.notes() {
				assert.NotContains(t, note, "pay")
			}
		})
	}
}

func onlyStreams(layers []cqrs.Middleware) []cqrs.Middleware {
	return []cqrs.Middleware{cqrs.Only[cqrs.StreamRequest[int]](layers...)}
}

func twiceStream(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if _, err := next(ctx, in); err == nil {
		return nil, nil
	}
	return next(ctx, in)
}
