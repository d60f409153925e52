package cqrstest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// swallow is a middleware that loses errors.
func swallow(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	_, _ = next(ctx, in)
	return cqrs.Unit{}, nil
}

var errVague = errors.New("something went wrong")

// translate is a middleware that hides errors behind another one.
func translate(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	if err != nil {
		err = errVague
	}
	return result, err
}

// repeat is a middleware that tries once more.
func repeat(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	if err != nil && ctx.Err() == nil {
		return next(ctx, in)
	}
	return result, err
}

// TestExploreFailures_Defects seeds defects in an application, each of which is found.
func TestExploreFailures_Defects(t *testing.T) {
	t.Parallel()
	for name, defect := range map[string]struct {
		seed  func(*lab)
		wants []string // texts in the failures
	}{
		"a middleware that swallows errors": {
			func(l *lab) { l.middleware = []cqrs.Middleware{cqrs.Only[mix](cqrs.MiddlewareFunc(swallow))} },
			[]string{"handler *cqrstest_test.mixer cqrstest_test.mix (explore_lab_test.go:", ") returns an error:\n", "the error is lost: middleware cqrstest_test.swallow (explore_defect_test.go:",
				`pass MayHandle("cqrstest_test.swallow")`},
		},
		"a middleware that hides the cause of an error": {
			func(l *lab) { l.middleware = []cqrs.Middleware{cqrs.AroundScope(cqrs.MiddlewareFunc(translate))} },
			[]string{"ended with another error, something went wrong, and tried nothing else"},
		},
		"a caller that ignores the error": {
			func(l *lab) {
				l.request = func(ctx context.Context, m *cqrs.Mediator) error { _ = m.Send(ctx, mix{}); return nil }
			},
			[]string{"the error is lost: the request returned <nil>; expected an error that wraps it"},
		},
		"a goroutine that waits for a handler that has failed": {
			func(l *lab) {
				l.mix = func(ctx context.Context, h *mixer) error {
					done := make(chan string)
					go func() {
						select {
						case done <- "mixed":
						case <-l.over:
						}
					}()
					if err := h.sender.Send(ctx, taste{}); err != nil {
						return err
					}
					h.notebook.note(<-done)
					return nil
				}
			},
			[]string{"handler *cqrstest_test.taster cqrstest_test.taste (explore_lab_test.go:", ") returns an error:\n", "1 goroutine that the request started is left; expected none:\n\tgithub.com/digcqrs/digcqrs/cqrs/cqrstest_test.TestExploreFailures_Defects."},
		},
		"an effect in the scope that cannot be rolled back": {
			func(l *lab) {
				l.mix = func(ctx context.Context, h *mixer) error {
					h.lab.note("called")
					return mixSoundly(ctx, h)
				}
			},
			[]string{"handler *cqrstest_test.mixer cqrstest_test.mix (explore_lab_test.go:", ") returns an error after it has run:\n", "nothing was committed, but the effects changed from [[] 0 <nil>] to [[called] 0 <nil>]"},
		},
		"a finalizer that commits whatever the outcome": {
			func(l *lab) {
				l.begin = func() (*notebook, container.Finalizer, error) {
					n, _, err := l.newNotebook()
					return n, func(context.Context, error) error { return n.Commit() }, err
				}
			},
			[]string{"handler *cqrstest_test.mixer cqrstest_test.mix (explore_lab_test.go:", ") returns an error after it has run:\n", "nothing was committed, but the effects changed from [[] 0 <nil>] to [[mixed] 0 <nil>]"},
		},
		"a journal outside of the transaction": {
			func(l *lab) {
				l.journal = func(*notebook) cqrs.Journal { return autonomous{l} }
				l.request = l.drain
			},
			[]string{"journal returns an error after it has run", "a relay delivered to handler *cqrstest_test.shipper cqrstest_test.mixed, but no request that stored it " +
				"has committed"},
		},
		"an event that is published through the mediator in a handler": {
			func(l *lab) {
				l.mix = func(ctx context.Context, h *mixer) error {
					if err := l.mediator.Publish(ctx, mixed{}); err != nil {
						return err
					}
					return h.sender.Send(ctx, taste{})
				}
			},
			[]string{
				"delivery *cqrstest_test.caller cqrstest_test.mixed after-scope was delivered, but it belongs to a request " +
					"that was rolled back",
				`delivery *cqrstest_test.shipper cqrstest_test.mixed durable to "shipping" was stored, but it belongs`,
			},
		},
		"a retry in the same scope": {
			func(l *lab) { l.middleware = []cqrs.Middleware{cqrs.Only[mix](cqrs.MiddlewareFunc(repeat))} },
			[]string{"the request succeeded in spite of the failure, but its effects are [[mixed mixed cleaned called] 1 <nil>]; " +
				"expected [[mixed cleaned called] 1 <nil>]"},
		},
		"a permit that is not returned if a later constructor fails": {
			func(l *lab) {
				permits := make(chan struct{}, 1)
				l.begin = func() (*notebook, container.Finalizer, error) {
					select {
					case permits <- struct{}{}:
					default:
						return nil, nil, errors.New("no permit")
					}
					return l.newNotebook()
				}
				l.mix = func(ctx context.Context, h *mixer) error {
					defer func() { <-permits }()
					return mixSoundly(ctx, h)
				}
				l.request = func(ctx context.Context, m *cqrs.Mediator) error {
					return m.Run(ctx, func(ctx context.Context, s cqrs.Sender) error { return s.Send(ctx, mix{}) })
				}
			},
			[]string{"the next request failed with", "no permit; expected it to succeed as the first one did"},
		},
		"a cache that knows what was rolled back": {
			func(l *lab) {
				known := false
				l.mix = func(ctx context.Context, h *mixer) error {
					if known {
						return nil
					}
					known = true
					return mixSoundly(ctx, h)
				}
			},
			[]string{"handler *cqrstest_test.mixer cqrstest_test.mix (explore_lab_test.go:", ") returns an error after it has run:\n", "the next request differs from the first one; expected the same steps"},
		},
		"a handler that waits forever when it is cancelled": {
			func(l *lab) {
				l.taste = func(ctx context.Context) error {
					if ctx.Err() == nil {
						return nil
					}
					<-l.over
					return ctx.Err()
				}
			},
			[]string{"the request has not ended after 10s; its goroutines:"},
		},
	} {
		t.Run("finds "+name, func(t *testing.T) {
			t.Parallel()
			failures := explore(t, defect.seed)
			require.NotEmpty(t, failures)
			for _, want := range defect.wants {
				assert.Contains(t, strings.Join(failures, "\n"), want)
			}
		})
	}
	t.Run("finds none in the application without them", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, explore(t, func(*lab) {}))
		assert.Empty(t, explore(t, func(l *lab) { l.request = l.drain }))
	})
	t.Run("finds none in a retry around the scope", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, explore(t, func(l *lab) {
			l.middleware = []cqrs.Middleware{cqrs.Only[mix](cqrs.AroundScope(cqrs.MiddlewareFunc(repeat)))}
		}))
	})
	t.Run("accepts a middleware that may handle errors", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, explore(t, func(l *lab) {
			l.middleware = []cqrs.Middleware{cqrs.AroundScope(cqrs.MiddlewareFunc(translate))}
		}, cqrstest.MayHandle("cqrstest_test.translate")))
	})
}

// autonomous is a journal with a transaction of its own.
type autonomous struct{ lab *lab }

func (j autonomous) Write(ctx context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	own := j.lab.outbox.Begin()
	return errors.Join(outboxtest.NewJournal(own).Write(ctx, records, completed), own.Commit())
}

func (j autonomous) Cancel(context.Context, string) (bool, error) { return false, nil }

func (j autonomous) Database(ctx context.Context) (string, error) { return j.lab.outbox.Database(ctx) }
