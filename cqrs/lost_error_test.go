package cqrs_test

import (
	"context"
	"reflect"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// A goroutine that ends receives no error, so the errors of its request go to the observer.
func TestObserver_LostByGoexit(t *testing.T) {
	t.Parallel()
	exits := func(context.Context, *self[*int], Join) error { runtime.Goexit(); return nil }
	for name, test := range map[string]struct {
		handle func(context.Context, *self[*int], Join) error
		finish func(context.Context, error) error
		mail   func(context.Context, *self[nothing], Joined) error
		want   []error // in the only error that is lost; nil if none is
	}{
		"a handler, and nothing else fails": {handle: exits},
		"a handler, and a finalizer fails": {
			handle: exits,
			finish: func(context.Context, error) error { return errFinalizer },
			want:   []error{cqrs.ErrExit, errFinalizer},
		},
		"a finalizer, and the handler has failed": {
			handle: func(context.Context, *self[*int], Join) error { return errHandler },
			finish: func(context.Context, error) error { runtime.Goexit(); return nil },
			want:   []error{cqrs.ErrExit, errHandler},
		},
		"an after-scope handler, and another fails": {
			handle: func(_ context.Context, h *self[*int], _ Join) error {
				h.Record(Joined{}, Joined{N: 1})
				return nil
			},
			mail: func(_ context.Context, _ *self[nothing], e Joined) error {
				if e.N == 0 {
					runtime.Goexit()
				}
				return errOther
			},
			want: []error{cqrs.ErrExit, errOther},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			withFinalizer[int](a, func(ctx context.Context, outcome error) error {
				if test.finish == nil {
					return nil
				}
				return test.finish(ctx, outcome)
			})
			command(a, test.handle)
			on[first](a, func(ctx context.Context, h *self[nothing], e Joined) error { return test.mail(ctx, h, e) },
				cqrs.AfterScope())
			var lost []error
			m := a.start(bootstrap.WithObserver(cqrs.Observer{
				Lost: func(_ context.Context, b *cqrs.Binding, err error) {
					assert.Equal(t, reflect.TypeFor[Join](), b.Message())
					lost = append(lost, err)
				},
			}))
			var wg sync.WaitGroup
			wg.Go(func() { _ = m.Send(t.Context(), Join{}); t.Error("the goroutine goes on") })
			wg.Wait()
			if test.want == nil {
				assert.Empty(t, lost)
				return
			}
			if assert.Len(t, lost, 1) {
				for _, want := range test.want {
					assert.ErrorIs(t, lost[0], want)
				}
			}
		})
	}
}

// The errors of deliveries after PublishTo, and those that a function of the application does
// not take because it ends the goroutine, are lost too.
func TestObserver_LostAfterScopeByGoexit(t *testing.T) {
	t.Parallel()
	exitsAfter := cqrs.AroundScope(cqrs.MiddlewareFunc(
		func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			if _, is := in.Message().(Joined); is {
				runtime.Goexit()
			}
			return nil, err
		}))
	failsAfter := cqrs.AroundScope(cqrs.MiddlewareFunc(
		func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			if _, is := in.Message().(Joined); is {
				return nil, errHandler
			}
			return nil, err
		}))
	for name, test := range map[string]struct {
		option bootstrap.Option
		exits  bool // the handler of the follow-up event
		want   []error
	}{
		"a middleware, and a follow-up event fails": {
			option: bootstrap.WithMiddleware(exitsAfter), want: []error{errOther},
		},
		"the handler of a follow-up event, and a middleware has failed": {
			option: bootstrap.WithMiddleware(failsAfter), exits: true, want: []error{errHandler},
		},
		"the function of WithAfterScopeErrors": {
			option: bootstrap.WithAfterScopeErrors(func(context.Context, []*cqrs.EventError) { runtime.Goexit() }),
			want:   []error{errOther},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Left{}); return nil },
				cqrs.SubscriptionName("joined"))
			on[second](a, func(context.Context, *self[nothing], Left) error {
				if test.exits {
					runtime.Goexit()
				}
				return errOther
			}, cqrs.AfterScope())
			var lost []error
			m := a.start(test.option, bootstrap.WithObserver(cqrs.Observer{
				Lost: func(_ context.Context, b *cqrs.Binding, err error) {
					assert.Equal(t, "joined", b.Subscription())
					lost = append(lost, err)
				},
			}))
			testkit.OnGoroutine(func() {
				_ = m.PublishTo(t.Context(), "joined", Joined{})
				t.Error("the goroutine goes on")
			})
			if assert.Len(t, lost, len(test.want)) {
				for i, want := range test.want {
					assert.ErrorIs(t, lost[i], want)
				}
			}
		})
	}
}
