package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Application errors.
type (
	ValueError  struct{}
	NamedError  struct{ name string }
	privateRoot struct{ inner error }
)

func (e ValueError) Error() string      { return secret }
func (e *NamedError) Error() string     { return secret }
func (e *NamedError) ErrorType() string { return e.name }
func (e privateRoot) Error() string     { return secret }
func (e privateRoot) Unwrap() error     { return e.inner }

func TestErrorType(t *testing.T) {
	t.Parallel()

	var none *NamedError
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"a pointer", &DeclinedError{}, "*telemetry_test.DeclinedError"},
		{"a value", ValueError{}, here + "ValueError"},
		{"wrapped by fmt.Errorf", fmt.Errorf("a: %w", fmt.Errorf("b: %w", &DeclinedError{})),
			"*telemetry_test.DeclinedError"},
		{"wrapped with another by fmt.Errorf", fmt.Errorf("a: %w, %w", &DeclinedError{}, errors.New(secret)),
			"*telemetry_test.DeclinedError"},
		{"joined with another", errors.Join(&DeclinedError{}, errors.New(secret)), "*telemetry_test.DeclinedError"},
		{"wrapped by a type of the application", privateRoot{&DeclinedError{}}, here + "privateRoot"},
		{"without a type of its own", errors.New(secret), "*errors.errorString"},
		{"that wraps nothing", fmt.Errorf("a: %w", nil), "*fmt.wrapError"},
		{"that says its type", fmt.Errorf("a: %w", &NamedError{"card_declined"}), "card_declined"},
		{"that says nothing", &NamedError{}, "*telemetry_test.NamedError"},
		{"that panics when it is asked", none, "*telemetry_test.NamedError"},
		{"of a cancelled context", fmt.Errorf("a: %w", context.Canceled), "context.Canceled"},
		{"of a context that is over", context.DeadlineExceeded, "context.DeadlineExceeded"},
		{"of a chain without an answer", cqrs.ErrNotHandled, "cqrs.ErrNotHandled"},
		{"of a goroutine that has left", errors.Join(cqrs.ErrExit), "cqrs.ErrExit"},
		{"of a stream in what is none", cqrs.ErrStreamStopped, "cqrs.ErrStreamStopped"},
		{"of the framework", &cqrs.NoHandlerError{}, "*cqrs.NoHandlerError"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := shop(t, script{"PlaceOrder": func(context.Context, *self) error { return test.err }})
			assert.Equal(t, test.err, o.Send(t.Context(), placeOrder))
			assert.Equal(t, test.want, spanAttributes(t, o)["error.type"].AsString())
			assert.Contains(t, metricsOf(t, o), ",error.type="+strings.NewReplacer(here, "", "telemetry_test.",
				"").Replace(test.want)+"} 1\n")
		})
	}

	t.Run("is one of a hundred for each handler", func(t *testing.T) {
		t.Parallel()
		n := 0
		o := shop(t, script{"PlaceOrder": func(context.Context, *self) error {
			n++
			return &NamedError{fmt.Sprintf("type %03d", n)}
		}})
		for range 103 {
			require.Error(t, o.Send(t.Context(), placeOrder))
		}
		n = 0
		require.Error(t, o.Send(t.Context(), placeOrder))
		metrics := metricsOf(t, o)
		assert.Contains(t, metrics, "error.type=type 001} 2\n")
		assert.Contains(t, metrics, "error.type=type 100} 1\n")
		assert.Contains(t, metrics, "error.type=_OTHER} 3\n")
		assert.NotContains(t, metrics, "type 101")
	})
}

func TestOutcome(t *testing.T) {
	t.Parallel()

	t.Run("of a request includes that of its finalizers", func(t *testing.T) {
		t.Parallel()
		o := shopWithFinalizer(t, func(context.Context, error) error { return &DeclinedError{} })
		require.Error(t, o.Send(t.Context(), placeOrder))
		assert.Equal(t, "command PlaceOrder: error *DeclinedError\n", treesOf(t, o))
	})

	t.Run("of a stopped stream is that of a finalizer that fails", func(t *testing.T) {
		t.Parallel()
		o := shopWithFinalizer(t, func(context.Context, error) error { return &DeclinedError{} })
		for range cqrs.Stream(t.Context(), o, exportOrders) {
			break
		}
		assert.Equal(t, "stream ExportOrders: error *DeclinedError\n", treesOf(t, o))
	})

	t.Run("of a stopped stream is the same if a middleware wraps that", func(t *testing.T) {
		t.Parallel()
		o := shop(t, nil, bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				return nil, fmt.Errorf("export: %w", err)
			}))))
		for range cqrs.Stream(t.Context(), o, exportOrders) {
			break
		}
		assert.Equal(t, "stream ExportOrders: stopped\n", treesOf(t, o))
	})

	t.Run("of a handler that ends its goroutine is an exit", func(t *testing.T) {
		t.Parallel()
		o := shop(t, script{"PlaceOrder": record(stockReserved), "Shelf": func(context.Context, *self) error {
			runtime.Goexit()
			return nil
		}})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = o.Send(context.Background(), placeOrder)
		}()
		<-done
		assert.Equal(t, "command PlaceOrder: exit cqrs.ErrExit\n  event StockReserved to *Shelf: exit cqrs.ErrExit\n",
			treesOf(t, o))
		assert.Contains(t, metricsOf(t, o),
			"cqrs.message.active{code.function.name=(*PlaceOrderHandler).Handle,cqrs.message.kind=command,cqrs.message.type=PlaceOrder} 0\n")
	})

	t.Run("of a middleware inside it that panics is a panic, which is unchanged", func(t *testing.T) {
		t.Parallel()
		o := shop(t, nil, bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(
			func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(secret) }))))
		err := o.Send(t.Context(), placeOrder)
		var p *cqrs.PanicError
		require.ErrorAs(t, err, &p)
		assert.Equal(t, secret, p.Value)
		assert.Equal(t, "command PlaceOrder: panic *cqrs.PanicError\n", treesOf(t, o))
	})

	t.Run("leaves the result and the error unchanged", func(t *testing.T) {
		t.Parallel()
		o := shop(t, script{"ReserveStock": record(mailSent), "Archive": fail})
		got, err := cqrs.Send(t.Context(), o, reserveStock)
		assert.Equal(t, secret, got)
		require.Error(t, err)
		assert.True(t, cqrs.Done(err))
	})
}

type tx struct{}

// shopWithFinalizer starts the application with a finalizer in each request.
func shopWithFinalizer(t *testing.T, f container.Finalizer) *observed {
	t.Helper()
	c := container.New()
	require.NoError(t, c.Provide(func() (*tx, container.Finalizer) { return &tx{}, f }, container.Scoped()))
	require.NoError(t, c.ProvideAll(
		func(*tx) *PlaceOrderHandler { return &PlaceOrderHandler{} },
		func(*tx) *ExportOrdersHandler { return &ExportOrdersHandler{} },
	))
	o, middleware := observe(t)
	return o.start(t, c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PlaceOrderHandler](m)
		cqrs.BindStream[*ExportOrdersHandler](m)
	}, nil, bootstrap.WithMiddleware(middleware))
}
