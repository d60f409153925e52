package outbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// misuse is a mistake of an application, and the file with the text of its error.
type misuse struct {
	file   string
	reason error
	err    func(t *testing.T) error
}

// option returns the error of NewRelay with an option.
func option(opts ...outbox.RelayOption) func(t *testing.T) error {
	return func(t *testing.T) error {
		a := newApp(t).start()
		_, err := outbox.NewRelay(a.store, a.mediator, opts...)
		return err
	}
}

func misuses() []misuse {
	return []misuse{
		{"nil_store", outbox.ErrOption, func(t *testing.T) error {
			_, err := outbox.NewRelay(nil, newApp(t).start().mediator)
			return err
		}},
		{"nil_store", outbox.ErrOption, func(t *testing.T) error {
			_, err := outbox.NewRelay((*outboxtest.Store)(nil), newApp(t).start().mediator)
			return err
		}},
		{"nil_mediator", outbox.ErrOption, func(*testing.T) error {
			_, err := outbox.NewRelay(outboxtest.NewStore(), nil)
			return err
		}},
		{"nil_option", outbox.ErrOption, option(nil)},
		{"workers", outbox.ErrOption, option(outbox.Workers(0))},
		{"lease", outbox.ErrOption, option(outbox.Lease(time.Second - 1))},
		{"retry", outbox.ErrOption, option(outbox.Retry(outbox.RetryPolicy{Attempts: -1}))},
		{"retry_for", outbox.ErrOption, option(outbox.RetryFor("mail", outbox.RetryPolicy{Max: -1}))},
		{"retry_for_unknown", outbox.ErrOption, option(outbox.RetryFor("nobody", outbox.RetryPolicy{}))},
		{"retry_for_similar", outbox.ErrOption, option(outbox.RetryFor("projektion", outbox.RetryPolicy{}))},
		{"grace", outbox.ErrOption, option(outbox.Grace(-1))},
		{"poll", outbox.ErrOption, option(outbox.Poll(time.Second, time.Millisecond))},
		{"retention", outbox.ErrOption, option(outbox.Retention(0))},
		{"several_options", outbox.ErrOption, option(outbox.Workers(0), outbox.Lease(0))},
		{"nil_context", outbox.ErrOption, func(t *testing.T) error {
			var ctx context.Context
			return newApp(t).start().relay().Run(ctx)
		}},
		{"mediator_closed", cqrs.ErrClosed, func(t *testing.T) error {
			a := newApp(t).start()
			require.NoError(t, a.mediator.Close(t.Context()))
			return a.relay().Run(t.Context())
		}},
		{"nothing_durable", outbox.ErrOption, func(t *testing.T) error {
			m, err := bootstrap.New(container.New(), nil, nil)
			require.NoError(t, err)
			r, err := outbox.NewRelay(outboxtest.NewStore(), m)
			require.NoError(t, err)
			return r.Drain(t.Context())
		}},
		{"other_database", outbox.ErrOtherDatabase, func(t *testing.T) error {
			return newApp(t).start().relayOf(outboxtest.NewStore()).Drain(t.Context())
		}},
		{"store_check", errFault, func(t *testing.T) error {
			a := newApp(t).start()
			return a.relayOf(brokenStore{Store: a.store, check: errFault}).Drain(t.Context())
		}},
		{"store_database", errFault, func(t *testing.T) error {
			a := newApp(t).start()
			return a.relayOf(brokenStore{Store: a.store, database: errFault}).Drain(t.Context())
		}},
	}
}

// brokenStore fails at once.
type brokenStore struct {
	outbox.Store
	check, database error
}

func (s brokenStore) Check(context.Context) error              { return s.check }
func (s brokenStore) Database(context.Context) (string, error) { return "", s.database }

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	var names []string
	for _, m := range misuses() {
		names = append(names, m.file)
		t.Run(m.file, func(t *testing.T) {
			t.Parallel()
			err := m.err(t)
			require.ErrorIs(t, err, m.reason)
			testkit.AssertErrorText(t, m.file, err)
		})
	}
	testkit.AssertErrorFiles(t, names)
}

func TestError(t *testing.T) {
	t.Parallel()
	err := option(outbox.Workers(0), outbox.Lease(0))(t)
	assert.ErrorAs(t, err, new(*outbox.Error))
	assert.Len(t, err.(interface{ Unwrap() []error }).Unwrap(), 2)
	assert.False(t, errors.Is(err, cqrs.ErrLeaseLost))
}
