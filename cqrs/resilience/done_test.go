package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// report is an application error that wraps another one.
type report struct{ err error }

func (r *report) Error() string { return "report" }
func (r *report) Unwrap() error { return r.err }

// TestDone_of_another has handlers of each kind return the error of another request,
// which is done, as their own. Theirs is not done: a breaker counts a failure,
// and Retry retries.
func TestDone_of_another(t *testing.T) {
	t.Parallel()
	other := newApp(script{"draw": recording, "mail": always(errOther)}).start(t)
	_, done := cqrs.Send(t.Context(), other, Draw{})
	require.True(t, cqrs.Done(done))

	kinds := map[string]struct {
		handler string
		send    func(context.Context, *cqrs.Mediator) error
	}{
		"a command": {"pay", func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Pay{}) }},
		"a query": {"read", func(ctx context.Context, m *cqrs.Mediator) error {
			_, err := cqrs.Send(ctx, m, Read{})
			return err
		}},
		"a stream": {"export", func(ctx context.Context, m *cqrs.Mediator) error {
			_, err := testkit.Drain(cqrs.Stream(ctx, m, Export{}))
			return err
		}},
		"an event": {"ledger", func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Paid{}) }},
		"an event after the scope": {"mail", func(ctx context.Context, m *cqrs.Mediator) error {
			err := m.Publish(ctx, Paid{})
			if !cqrs.Done(err) {
				return errors.New("the event itself is done")
			}
			return cqrs.EventErrors(err)[0].Err
		}},
	}
	errs := map[string]error{
		"as it is":                     done,
		"wrapped by fmt":               fmt.Errorf("drawing: %w", done),
		"wrapped by a type of its own": &report{done},
		"joined with another":          errors.Join(done, errBusy),
		"alone in a join":              errors.Join(done),
		"as an event error":            cqrs.EventErrors(done)[0],
	}
	for kind, k := range kinds {
		for how, err := range errs {
			for where, around := range map[string]func(...cqrs.Middleware) cqrs.Middleware{
				"in the scope": func(m ...cqrs.Middleware) cqrs.Middleware {
					return cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, m...)
				},
				"around the scope": cqrs.AroundScope,
			} {
				name := fmt.Sprintf("of the handler of %s, %s, is a failure for CircuitBreaker %s", kind, how, where)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					b := breakerOf(1)
					a := newApp(script{k.handler: always(err)}).around(k.handler, around(resilience.CircuitBreaker(b)))
					got := k.send(t.Context(), a.start(t))
					assert.False(t, cqrs.Done(got))
					require.ErrorIs(t, got, errOther)
					assert.True(t, b.built[0].IsOpen())
				})
			}

			t.Run(fmt.Sprintf("of the handler of %s, %s, is retried", kind, how), func(t *testing.T) {
				t.Parallel()
				a := newApp(script{k.handler: always(err)}).around(k.handler, thrice())
				got := k.send(t.Context(), a.start(t))
				assert.False(t, cqrs.Done(got))
				require.ErrorIs(t, got, errOther)
				want := 3
				if k.handler == "ledger" { // in the scope of another message
					want = 1
				}
				assert.Equal(t, want, a.Count(k.handler))
			})
		}
	}
}
