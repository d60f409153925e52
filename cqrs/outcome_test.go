package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// A missing is an error that matches all others of its type.
type missing struct{ n int }

func (e *missing) Error() string        { return fmt.Sprintf("%d is missing", e.n) }
func (e *missing) Is(target error) bool { _, is := target.(*missing); return is }

// A list of errors cannot be compared.
type list []error

func (l list) Error() string   { return fmt.Sprintf("%d errors", len(l)) }
func (l list) Unwrap() []error { return l }

func TestFinalizer_LosesNoError(t *testing.T) {
	t.Parallel()
	one, two := &missing{1}, &missing{2}
	for name, test := range map[string]struct {
		handler error
		finish  func(outcome error) error
		want    []error // each of them, by identity
	}{
		"one that matches by type":               {one, func(error) error { return two }, []error{one, two}},
		"one that wraps such a one":              {one, func(error) error { return fmt.Errorf("rollback: %w", two) }, []error{one, two}},
		"one that wraps the outcome":             {one, func(err error) error { return errors.Join(err, two) }, []error{one, two}},
		"one that cannot be compared":            {list{one}, func(error) error { return list{two} }, []error{one, two}},
		"one that cannot be compared, and wraps": {list{one}, func(err error) error { return list{err, two} }, []error{one, two}},
		"none, which is the outcome itself":      {list{one}, func(err error) error { return err }, []error{one}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			var outcomes []error
			withFinalizer[string](a, func(_ context.Context, outcome error) error { outcomes = append(outcomes, outcome); return nil })
			a.provide(func(*string) (*int, container.Finalizer) {
				return new(int), func(_ context.Context, outcome error) error { return test.finish(outcome) }
			}, container.Scoped())
			command(a, func(context.Context, *self[*int], Join) error { return test.handler })
			err := a.start().Send(t.Context(), Join{})
			for _, want := range test.want {
				assert.True(t, contains(err, want), "%v in %v", want, err)
				assert.True(t, contains(outcomes[0], want), "%v in the outcome %v", want, outcomes[0])
			}
		})
	}
}

// A wrapped is an application's own wrapper.
type wrapped struct{ error }

func (w *wrapped) Unwrap() error { return w.error }

// contains reports whether target itself is in the tree of an error.
func contains(err, target error) bool {
	if one, is := err.(*missing); is {
		return one == target
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return contains(e.Unwrap(), target)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if contains(inner, target) {
				return true
			}
		}
	}
	return false
}

// afterwards makes the event of Count fail after the scope, so that Count is done and
// returns an error.
func afterwards(a *app) {
	request(a, func(_ context.Context, h *self[nothing], c Count) (int, error) {
		h.Record(Left{N: c.N})
		return c.N, nil
	})
	on[third](a, func(context.Context, *self[nothing], Left) error { return errOther }, cqrs.AfterScope())
}

func TestDone_OfOtherRequests(t *testing.T) {
	t.Parallel()

	t.Run("is true for an error that wraps that of a request which is done", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		afterwards(a)
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.Error(t, err)
		assert.True(t, cqrs.Done(err))
		assert.True(t, cqrs.Done(fmt.Errorf("pay: %w", fmt.Errorf("now: %w", err))))
		assert.False(t, cqrs.Done(errors.Join(err, errOther)))
		assert.Len(t, cqrs.EventErrors(&wrapped{err}), 1)
		assert.True(t, cqrs.Done(&wrapped{err}))
	})

	for name, wrap := range map[string]func(error) error{
		"as it is": func(err error) error { return err },
		"wrapped":  func(err error) error { return fmt.Errorf("wrapped: %w", err) },
	} {
		for place, option := range aroundStreams {
			t.Run("is false in the middleware of a handler that returns the error of another request "+name+", "+place, func(t *testing.T) {
				t.Parallel()
				a := newApp(t)
				afterwards(a)
				var other *cqrs.Mediator
				fail := func() error { _, err := cqrs.Send(context.Background(), other, Count{}); return wrap(err) }
				command(a, func(context.Context, *self[nothing], Join) error { return fail() })
				request(a, func(context.Context, *self[nothing], Read) (string, error) { return "", fail() })
				stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
					return func(yield func(int, error) bool) { yield(0, fail()) }
				})
				on[first](a, func(context.Context, *self[nothing], Joined) error { return fail() })
				on[first](a, func(context.Context, *self[nothing], Greeted) error { return fail() }, cqrs.AfterScope())
				var seen []bool
				m := a.start(option(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					result, err := next(ctx, in)
					seen = append(seen, cqrs.Done(err))
					return result, err
				}))
				other = a.start()
				assert.False(t, cqrs.Done(m.Send(t.Context(), Join{})))
				_, err := cqrs.Send(t.Context(), m, Read{})
				assert.False(t, cqrs.Done(err))
				_, err = drain(cqrs.Stream(t.Context(), m, Export{}))
				assert.False(t, cqrs.Done(err))
				assert.False(t, cqrs.Done(m.Publish(t.Context(), Joined{})))
				assert.True(t, cqrs.Done(m.Publish(t.Context(), Greeted{})))
				assert.Equal(t, make([]bool, 5), seen)
			})
		}
	}

	t.Run("is false for a panic with the error of another request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		afterwards(a)
		var other *cqrs.Mediator
		blow := func() { _, err := cqrs.Send(context.Background(), other, Count{}); panic(err) }
		command(a, func(context.Context, *self[nothing], Join) error { blow(); return nil })
		request(a, func(context.Context, *self[nothing], Read) (string, error) { return "", nil })
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(func(int, error) bool) { blow() }
		})
		other = a.start()
		around := func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { blow(); return "", nil }
		for _, m := range []*cqrs.Mediator{other, a.start(with(around)), a.start(aroundScope(around))} {
			assert.False(t, cqrs.Done(m.Send(t.Context(), Join{})))
			_, err := drain(cqrs.Stream(t.Context(), m, Export{}))
			assert.False(t, cqrs.Done(err))
		}
		_, err := cqrs.Send(t.Context(), a.start(aroundScope(around)), Read{})
		assert.False(t, cqrs.Done(err))
	})

	t.Run("is true for whichever error of its requests a middleware returns", func(t *testing.T) {
		t.Parallel()
		for _, wrap := range []func(error) error{
			func(err error) error { return err },
			func(err error) error { return fmt.Errorf("wrapped: %w", err) },
		} {
			a := newApp(t)
			afterwards(a)
			m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				if in.Kind() == cqrs.KindEvent {
					return next(ctx, in)
				}
				result, firstErr := next(ctx, in)
				_, _ = next(ctx, in)
				return result, wrap(firstErr)
			}))
			n, err := cqrs.Send(t.Context(), m, Count{N: 7})
			require.Error(t, err)
			assert.True(t, cqrs.Done(err))
			assert.Equal(t, 7, n)
		}
	})
}

// TestPanicOfNil runs itself again as in a program that was made for Go 1.20.
func TestPanicOfNil(t *testing.T) {
	if os.Getenv("GODEBUG") != "panicnil=1" {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPanicOfNil$", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG=panicnil=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), "--- PASS: TestPanicOfNil/in_a_finalizer")
		return
	}
	blow := func(context.Context) { panic(nil) }
	around := func(ctx context.Context, _ *cqrs.Invocation, _ cqrs.Next) (any, error) { blow(ctx); return nil, nil }
	for name, test := range map[string]struct {
		build func(a *app)
		opts  []bootstrap.Option
		send  func(*cqrs.Mediator) error
	}{
		"in a handler": {build: func(a *app) {
			command(a, func(ctx context.Context, _ *self[nothing], _ Join) error { blow(ctx); return nil })
		}},
		"in a handler with a scope": {build: func(a *app) {
			a.withTx()
			command(a, func(ctx context.Context, _ *self[*tx], _ Join) error { blow(ctx); return nil })
		}},
		"in a constructor": {build: func(a *app) {
			a.provide(func() *int { panic(nil) }, container.Scoped())
			command(a, func(context.Context, *self[*int], Join) error { return nil })
		}},
		"in a middleware":                  {build: func(a *app) { joinRecords(a) }, opts: []bootstrap.Option{with(around)}},
		"in a middleware around the scope": {build: func(a *app) { joinRecords(a) }, opts: []bootstrap.Option{aroundScope(around)}},
		"in the handler of an event": {build: func(a *app) {
			joinRecords(a, joined(1)...)
			on[first](a, func(ctx context.Context, _ *self[nothing], _ Joined) error { blow(ctx); return nil })
		}},
		"in a finalizer": {build: func(a *app) {
			withFinalizer[int](a, func(ctx context.Context, _ error) error { blow(ctx); return nil })
			command(a, func(context.Context, *self[*int], Join) error { return nil })
		}},
		"in a stream": {build: func(a *app) {
			stream(a, func(ctx context.Context, _ *self[nothing], _ Export) iter.Seq2[int, error] {
				return func(func(int, error) bool) { blow(ctx) }
			})
		}, send: func(m *cqrs.Mediator) error { _, err := drain(cqrs.Stream(t.Context(), m, Export{})); return err }},
		"in the function given to Run": {build: func(*app) {}, send: func(m *cqrs.Mediator) error {
			return m.Run(t.Context(), func(ctx context.Context, _ cqrs.Sender) error { blow(ctx); return nil })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			test.build(a)
			m := a.start(test.opts...)
			if test.send == nil {
				test.send = func(m *cqrs.Mediator) error { return m.Send(t.Context(), Join{}) }
			}
			err := test.send(m)
			var p *cqrs.PanicError
			require.ErrorAs(t, err, &p)
			var want *runtime.PanicNilError
			assert.ErrorAs(t, err, &want)
			assert.NotContains(t, a.notes(), "commit 1")
		})
	}
}
