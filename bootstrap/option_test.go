package bootstrap_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestOption(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name string
		opt  bootstrap.Option
		text string // begins with the name of the option
	}{
		{"nil", nil, "option 2 is nil"},
		{"WithLogger without a logger", bootstrap.WithLogger(nil), "WithLogger: the logger is nil"},
		{"WithMiddleware with a nil one", bootstrap.WithMiddleware(nil), "WithMiddleware: middleware 1 is nil"},
		{"WithOnStartup with a nil function", bootstrap.WithOnStartup(func() error { return nil }, nil),
			"WithOnStartup: function 2 is nil"},
		{"WithEventConcurrency of none", bootstrap.WithEventConcurrency(0),
			"WithEventConcurrency: invalid number of goroutines 0;"},
		{"WithEventConcurrency of less than none", bootstrap.WithEventConcurrency(-1),
			"WithEventConcurrency: invalid number of goroutines -1;"},
		{"WithEventLimit of none", bootstrap.WithEventLimit(0), "WithEventLimit: invalid limit 0;"},
		{"WithNestingLimit of none", bootstrap.WithNestingLimit(0), "WithNestingLimit: invalid limit 0;"},
		{"WithEventLimit of less than none", bootstrap.WithEventLimit(-1), "WithEventLimit: invalid limit -1;"},
	} {
		t.Run(test.name+" is a problem, and no start-up function runs", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			m, err := bootstrap.New(a.container, nil, nil, bootstrap.WithOnStartup(func() error { panic("started") }), test.opt)
			problems := problemsOf(t, m, err)
			require.Len(t, problems, 1)
			require.ErrorIs(t, err, bootstrap.ErrOption)
			assert.Contains(t, problems[0].Error(), test.text)
		})
	}

	t.Run("each invalid one is a problem", func(t *testing.T) {
		t.Parallel()
		m, err := newApp(t).new(nil, bootstrap.WithLogger(nil), bootstrap.WithEventLimit(0), bootstrap.WithStrictEvents())
		assert.Len(t, problemsOf(t, m, err), 3)
	})

	t.Run("has a name", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "WithStrictEvents", bootstrap.WithStrictEvents().String())
		assert.Equal(t, "WithEventLimit", bootstrap.WithEventLimit(1).String())
	})
}

func TestWithQueries(t *testing.T) {
	t.Parallel()

	t.Run("adds mappers to that of commands", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		needs[join, nothing](a)
		a.provide(func() *readHandler { return &readHandler{func(q read) (string, error) { return q.Secret, nil }} })
		a.provide(func() *quietHandler[leave, nothing] { return &quietHandler[leave, nothing]{} })
		m := a.start(
			bootstrap.WithQueries(func(m *cqrs.RequestMap) { cqrs.BindRequest[*readHandler](m) }),
			bootstrap.WithQueries(nil),
			bootstrap.WithQueries(func(m *cqrs.RequestMap) { cqrs.BindCommand[*quietHandler[leave, nothing]](m) }),
		)
		got, err := cqrs.Send(t.Context(), m, read{Secret: "this"})
		require.NoError(t, err)
		assert.Equal(t, "this", got)
		require.NoError(t, m.Send(t.Context(), join{}))
		require.NoError(t, m.Send(t.Context(), leave{}))
	})

	t.Run("cannot bind what the mapper of commands has already bound", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		query(a, func(read) (string, error) { return "", nil })
		m, err := a.new(bootstrap.WithQueries(func(m *cqrs.RequestMap) { cqrs.BindRequest[*readHandler](m) }))
		assert.Len(t, problemsOf(t, m, err), 1)
		require.ErrorIs(t, err, cqrs.ErrDuplicate)
	})
}

func TestWithOnStartup(t *testing.T) {
	t.Parallel()

	// starting returns an app that notes when a singleton is built, and an
	// option with functions that note that they ran.
	starting := func(t *testing.T, notes *[]string) *app {
		a := newApp(t)
		a.provide(func() *database { *notes = append(*notes, "database"); return &database{} })
		a.bind(func(*cqrs.RequestMap) { *notes = append(*notes, "mapper") })
		needs[join, *database](a)
		return a
	}
	noting := func(notes *[]string, name string, err error) func() error {
		return func() error { *notes = append(*notes, name); return err }
	}

	t.Run("runs functions in order, before anything else", func(t *testing.T) {
		t.Parallel()
		var notes []string
		starting(t, &notes).start(
			bootstrap.WithOnStartup(noting(&notes, "one", nil), noting(&notes, "two", nil)),
			bootstrap.WithOnStartup(noting(&notes, "three", nil)),
		)
		assert.Equal(t, []string{"one", "two", "three", "mapper", "database"}, notes)
	})

	t.Run("ends New with the first error, before anything is built", func(t *testing.T) {
		t.Parallel()
		var notes []string
		m, err := starting(t, &notes).new(bootstrap.WithOnStartup(
			noting(&notes, "one", nil), noting(&notes, "two", errDown), noting(&notes, "three", errOther)))
		assert.Len(t, problemsOf(t, m, err), 1)
		require.ErrorIs(t, err, bootstrap.ErrStartup)
		require.ErrorIs(t, err, errDown)
		require.NotErrorIs(t, err, errOther)
		require.ErrorContains(t, err, "function 2 of 3")
		assert.Equal(t, []string{"one", "two"}, notes)
	})

	t.Run("turns a panic into an error", func(t *testing.T) {
		t.Parallel()
		var notes []string
		m, err := starting(t, &notes).new(bootstrap.WithOnStartup(func() error { panic(errDown) }))
		assert.Len(t, problemsOf(t, m, err), 1)
		require.ErrorIs(t, err, bootstrap.ErrStartup)
		panicked, ok := errors.AsType[*cqrs.PanicError](err)
		require.True(t, ok)
		assert.Equal(t, errDown, panicked.Value)
		assert.Contains(t, string(panicked.Stack), "option_test.go")
		assert.Empty(t, notes)
	})
}

func TestWithMiddleware(t *testing.T) {
	t.Parallel()

	t.Run("puts the first one outermost, and further ones inside", func(t *testing.T) {
		t.Parallel()
		var notes []string
		noting := func(name string) cqrs.Middleware {
			return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				notes = append(notes, name)
				return next(ctx, in)
			})
		}
		a := newApp(t)
		needs[join, nothing](a)
		m := a.start(bootstrap.WithMiddleware(noting("one"), noting("two")), bootstrap.WithMiddleware(noting("three")))
		require.NoError(t, m.Send(t.Context(), join{}))
		assert.Equal(t, []string{"one", "two", "three"}, notes)
	})
}

func TestWithEventLimit(t *testing.T) {
	t.Parallel()
	// echoing records an event as many times as its number says.
	echoing := func(t *testing.T) *app {
		a := newApp(t)
		on(a, func(_ context.Context, h *handler[joined, nothing], e joined) error {
			if e.Number > 1 {
				h.Record(joined{Number: e.Number - 1})
			}
			return nil
		})
		return a
	}

	t.Run("lets the given number of events through and no more", func(t *testing.T) {
		t.Parallel()
		m := echoing(t).start(bootstrap.WithEventLimit(3))
		require.NoError(t, m.Publish(t.Context(), joined{Number: 3}))
		err := m.Publish(t.Context(), joined{Number: 4})
		limit, ok := errors.AsType[*cqrs.EventLimitError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, 3, limit.Limit)
		assert.Len(t, limit.Path, 4)
	})

	t.Run("is 1000 by default", func(t *testing.T) {
		t.Parallel()
		m := echoing(t).start()
		require.NoError(t, m.Publish(t.Context(), joined{Number: 1000}))
		require.ErrorAs(t, m.Publish(t.Context(), joined{Number: 1001}), new(*cqrs.EventLimitError))
	})
}

func TestWithStrictEvents(t *testing.T) {
	t.Parallel()

	t.Run("turns an event without a handler into an error", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, newApp(t).start(bootstrap.WithStrictEvents()).Publish(t.Context(), joined{}),
			cqrs.ErrUnhandledEvent)
	})

	t.Run("is not the default", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, newApp(t).start().Publish(t.Context(), joined{}))
	})
}

func TestWithEventConcurrency(t *testing.T) {
	t.Parallel()
	// running returns how many of three after-scope handlers run at the same time.
	running := func(t *testing.T, opts ...bootstrap.Option) (n int64) {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			var begun atomic.Int64
			release, published := make(chan struct{}), make(chan error)
			on(a, func(context.Context, *handler[joined, nothing], joined) error {
				begun.Add(1)
				<-release
				return nil
			}, cqrs.AfterScope())
			m := a.start(opts...)
			go func() { published <- m.Publish(t.Context(), joined{}, joined{}, joined{}) }()
			synctest.Wait()
			n = begun.Load()
			close(release)
			require.NoError(t, <-published)
			assert.Equal(t, int64(3), begun.Load())
		})
		return n
	}

	t.Run("runs handlers on the given number of goroutines", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, int64(2), running(t, bootstrap.WithEventConcurrency(2)))
		assert.Equal(t, int64(3), running(t, bootstrap.WithEventConcurrency(3)))
	})

	t.Run("is one by default, that of the caller", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, int64(1), running(t))
	})
}
