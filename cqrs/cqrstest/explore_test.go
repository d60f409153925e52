package cqrstest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
)

func TestExploreFailures(t *testing.T) {
	t.Parallel()
	type build = func(testing.TB, ...bootstrap.Option) *cqrs.Mediator
	send := func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, mix{}) }
	for name, row := range map[string]struct {
		build   build
		request func(context.Context, *cqrs.Mediator) error
		want    string
	}{
		"says that build returned no mediator": {
			func(testing.TB, ...bootstrap.Option) *cqrs.Mediator { return nil }, send,
			"cqrstest: build returned no mediator",
		},
		"says that build dropped the options": {
			func(testing.TB, ...bootstrap.Option) *cqrs.Mediator { return newLab().start() }, send,
			"no step was recorded; build must pass its options on to bootstrap.New",
		},
		"says that the request fails anyway": {
			func(_ testing.TB, opts ...bootstrap.Option) *cqrs.Mediator { return newLab().start(opts...) },
			func(ctx context.Context, m *cqrs.Mediator) error {
				return errors.Join(m.Send(ctx, mix{}), errVague)
			},
			"cqrstest: the request without a failure:\n- it fails, although nothing made it fail",
		},
		"says that the request panicked": {
			func(_ testing.TB, opts ...bootstrap.Option) *cqrs.Mediator { return newLab().start(opts...) },
			func(context.Context, *cqrs.Mediator) error { panic("no") },
			"the request panicked: no; expected it to return",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeT{}
			failures := fake.run(func() { cqrstest.ExploreFailures(fake, row.build, row.request) })
			require.Len(t, failures, 1)
			assert.Contains(t, failures[0], row.want)
		})
	}
	t.Run("says that a step did not run again", func(t *testing.T) {
		t.Parallel()
		builds := 0
		fake := &fakeT{}
		failures := fake.run(func() {
			cqrstest.ExploreFailures(fake, func(_ testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
				builds++
				return newLab().start(opts...)
			}, func(ctx context.Context, m *cqrs.Mediator) error {
				if builds == 1 {
					return m.Send(ctx, mix{})
				}
				return m.Send(ctx, taste{})
			})
		})
		require.Len(t, failures, 10, "and stops after ten")
		assert.Contains(t, failures[0], "the step did not run this time")
	})
	t.Run("calls the functions of Cleanup after each run", func(t *testing.T) {
		t.Parallel()
		open, most, runs := 0, 0, 0
		cqrstest.ExploreFailures(t, func(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
			open++
			most, runs = max(most, open), runs+1
			t.Cleanup(func() { open-- })
			return newLab().start(opts...)
		}, send)
		assert.Equal(t, []int{0, 1}, []int{open, most})
		assert.Greater(t, runs, 50)
	})
	t.Run("explores an application that New has built", func(t *testing.T) {
		t.Parallel()
		fake := &fakeT{}
		failures := fake.run(func() {
			cqrstest.ExploreFailures(fake, func(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
				c := container.New()
				require.NoError(t, c.Provide(func() *taster { return &taster{newLab()} }))
				m, _ := cqrstest.New(t, c, func(m *cqrs.RequestMap) {
					cqrs.BindCommand[*taster](m, cqrs.WithMiddleware(cqrs.MiddlewareFunc(swallow)))
				}, nil, opts...)
				return m
			}, func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, taste{}) })
		})
		require.NotEmpty(t, failures)
		assert.Contains(t, failures[0], "the error is lost: middleware cqrstest_test.swallow")
	})
	t.Run("leaves out goroutines that may be left", func(t *testing.T) {
		t.Parallel()
		leave := func(l *lab) {
			l.taste = func(context.Context) error {
				go waitFor(l.over)
				return nil
			}
		}
		assert.NotEmpty(t, explore(t, leave))
		assert.Empty(t, explore(t, leave, cqrstest.MayLeave("cqrstest_test.waitFor")))
	})
	t.Run("counts the goroutines that the request function leaves, before or after a call", func(t *testing.T) {
		t.Parallel()
		for name, order := range map[string][2]bool{"before": {true, false}, "after": {false, true}} {
			failures := explore(t, func(l *lab) {
				leave := func(now bool) {
					for range 3 {
						if now {
							go waitFor(l.over)
						}
					}
				}
				l.request = func(ctx context.Context, m *cqrs.Mediator) error {
					leave(order[0])
					err := m.Send(ctx, mix{})
					leave(order[1])
					return err
				}
			})
			require.Len(t, failures, 1, name)
			assert.Contains(t, failures[0], "\n- 3 goroutines that the request started are left; expected none:\n", name)
		}
	})
	t.Run("reads the effects after a query as well", func(t *testing.T) {
		t.Parallel()
		outer, sent := t, 0
		fake := &fakeT{}
		failures := fake.run(func() {
			cqrstest.ExploreFailures(fake, func(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
				sent = 0
				c := app(outer, func(context.Context, *joinHandler, Join) error { sent++; return nil })
				require.NoError(t, c.Provide(func() *counter { return &counter{} }))
				m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
					cqrs.BindRequest[*counter, count](m)
					commands(m)
				}, nil, append(opts, bootstrap.WithLogger(zap.NewNop()))...)
				require.NoError(t, err)
				return m
			}, func(ctx context.Context, m *cqrs.Mediator) error {
				if _, err := cqrs.Send(ctx, m, count{}); err != nil {
					return err
				}
				return m.Send(ctx, Join{})
			}, cqrstest.Effects(func() any { return sent }))
		})
		require.NotEmpty(t, failures)
		assert.Contains(t, failures[0], "nothing was committed, but the effects changed from 0 to 1")
	})
	t.Run("accepts effects after the scope of a command without a transaction", func(t *testing.T) {
		t.Parallel()
		outer, sent := t, 0
		cqrstest.ExploreFailures(t, func(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator {
			sent = 0
			c := app(outer, record)
			require.NoError(t, c.Provide(func() cqrs.EventFunc[Greeted] {
				return func(context.Context, Greeted) error { sent++; return nil }
			}))
			m, err := bootstrap.New(c, commands, func(m *cqrs.EventMap) {
				cqrs.BindEvent[cqrs.EventFunc[Greeted]](m, cqrs.AfterScope())
			}, append(opts, bootstrap.WithLogger(zap.NewNop()))...)
			require.NoError(t, err)
			return m
		}, func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Welcome{}) },
			cqrstest.Effects(func() any { return sent }))
		assert.Positive(t, sent)
	})
	t.Run("has options with a text", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "Effects", cqrstest.Effects(nil).String())
		assert.Equal(t, "MayHandle(a, b)", cqrstest.MayHandle("a", "b").String())
		assert.Equal(t, "MayLeave(f)", cqrstest.MayLeave("f").String())
		assert.Equal(t, "Patience(1s)", cqrstest.Patience(1e9).String())
	})
}

type (
	count   struct{ cqrs.Query[int] }
	counter struct{}
)

func (*counter) Handle(context.Context, count) (int, error) { return 0, nil }

func waitFor(end chan struct{}) { <-end }
