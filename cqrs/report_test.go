package cqrs_test

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// reporting adds the text of each report to texts.
func reporting(texts *[]string) bootstrap.Option {
	return bootstrap.WithObserver(cqrs.Observer{Reported: func(r *cqrs.Report) { *texts = append(*texts, shorten(r)) }})
}

// shorten returns the text of a report without the type arguments of the handlers in these tests.
func shorten(r *cqrs.Report) string {
	var lines []string
	for line := range strings.Lines(r.String()) {
		for _, kind := range []string{"commandHandler", "requestHandler", "streamHandler", "eventHandler"} {
			if i := strings.Index(line, "*cqrs_test."+kind+"["); i >= 0 {
				j := strings.Index(line, "] ")
				line = line[:i] + kind + line[j+1:]
			}
		}
		if strings.Contains(line, "constructor ") && strings.Contains(line, "[...]") {
			continue // of a handler
		}
		lines = append(lines, strings.ReplaceAll(line, "cqrs_test.", ""))
	}
	return strings.Join(lines, "")
}

func TestReport(t *testing.T) {
	t.Parallel()
	t.Run("covers what a request does, in order", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		command(a, func(ctx context.Context, h *self[txAndSender], _ Join) error {
			h.Record(joined(1)...)
			return h.need.Sender.Send(ctx, Leave{N: 2})
		})
		on[first](a, noting[Joined](a, "first"))
		on[second](a, noting[Joined](a, "second"), cqrs.AfterScope())
		m := a.start(aroundScope(passOn), with(passOn))
		_, r, err := cqrs.SendReport(t.Context(), m, Join{})
		require.NoError(t, err)
		assert.Equal(t, `request Send Join
  middleware passOn
    scope
      middleware passOn
        handler commandHandler Join
          constructor (*app).withTx.func1
          request Send Leave
            middleware passOn
              middleware passOn
                handler commandHandler Leave
      event Left: unhandled
      event Joined
        middleware passOn
          middleware passOn
            handler eventHandler Joined
      finalizer (*app).withTx.func1
    delivery eventHandler Joined after-scope
      middleware passOn
        scope
          middleware passOn
            handler eventHandler Joined
`, shorten(r))
	})
	const (
		stored = `
    constructor newDurableApp.func1
    constructor newDurableApp.func2
    journal
    finalizer newDurableApp.func1
`
		delivered = "request Deliver Joined\n  scope\n    handler eventHandler Joined" + stored
	)
	for name, row := range map[string]struct {
		do   func(context.Context, *cqrs.Mediator) error
		want string
		then []string // when the relay has drained the store
	}{
		"Send": {
			do: func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Join{}) },
			want: "request Send Join\n  scope\n    handler commandHandler Join\n    event Joined\n" +
				"      delivery eventHandler Joined durable to \"mail\"" + stored,
			then: []string{delivered},
		},
		"Publish": {
			do:   func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Joined{}) },
			want: "request Publish\n  scope\n    event Joined\n      delivery eventHandler Joined durable to \"mail\"" + stored,
			then: []string{delivered},
		},
		"PublishTo": {
			do:   func(ctx context.Context, m *cqrs.Mediator) error { return m.PublishTo(ctx, "mail", Joined{}) },
			want: "request PublishTo Joined\n  scope\n    delivery eventHandler Joined durable to \"mail\"" + stored,
			then: []string{delivered},
		},
		"Schedule": {
			do: func(ctx context.Context, m *cqrs.Mediator) error {
				_, err := cqrs.Schedule(ctx, m, Join{}, time.Now())
				return err
			},
			want: "request Schedule Join\n  scope" + stored,
			then: []string{
				"request Deliver Join\n  scope\n    handler commandHandler Join\n    event Joined\n" +
					"      delivery eventHandler Joined durable to \"mail\"" + stored,
				delivered,
			},
		},
	} {
		t.Run("covers "+name+", and what a relay delivers", func(t *testing.T) {
			t.Parallel()
			a := mailing(t)
			a.requests = append(a.requests, func(m *cqrs.RequestMap) {
				cqrs.RegisterCommand(m, cqrs.CommandType[Join]{Name: "join"})
			})
			var texts []string
			require.NoError(t, row.do(t.Context(), a.begin(reporting(&texts))))
			assert.Equal(t, []string{row.want}, texts)
			texts = nil
			a.drain()
			assert.Equal(t, row.then, texts)
		})
	}
	t.Run("covers a stream until its consumer has stopped", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				h.Record(joined(1)...)
				_ = yield(1, nil) && yield(2, nil)
			}
		})
		on[first](a, noting[Joined](a, "first"))
		var texts []string
		m := a.start(reporting(&texts))
		for range cqrs.Stream(t.Context(), m, Export{}) {
			assert.Empty(t, texts)
			break
		}
		assert.Equal(t, []string{`request Stream Export: failed
  scope: rolled back
    handler streamHandler Export: failed: cqrs: the consumer stopped the stream
      constructor (*app).withTx.func1
      event Joined
        handler eventHandler Joined
    finalizer (*app).withTx.func1
`}, texts)
	})
	t.Run("covers Run, and what its function sends", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		var texts []string
		m := a.start(reporting(&texts))
		require.NoError(t, m.Run(t.Context(), func(_ context.Context, s cqrs.Sender) error {
			return s.Send(context.Background(), Leave{N: 1}) // not the context of the request
		}))
		assert.Equal(t, []string{`request Run
  scope
    request Send Leave
      handler commandHandler Leave
        constructor (*app).withTx.func1
    event Left: unhandled
    finalizer (*app).withTx.func1
`}, texts)
	})
	t.Run("has the panic of a handler, and the finalizer that ran then", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(context.Context, *self[*tx], Join) error { panic(errPanic) })
		_, r, err := cqrs.SendReport(t.Context(), a.start(), Join{})
		require.ErrorIs(t, err, errPanic)
		steps := slices.Collect(r.All())
		assert.ErrorAs(t, steps[2].Err, new(*cqrs.PanicError))
		assert.Equal(t, cqrs.StepFinalizer, steps[len(steps)-1].Kind)
	})
	t.Run("has the failure of a scope whose finalizer ends the goroutine", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[tx](a, func(context.Context, error) error { runtime.Goexit(); return nil })
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		var reports []*cqrs.Report
		m := a.start(bootstrap.WithObserver(cqrs.Observer{Reported: func(r *cqrs.Report) { reports = append(reports, r) }}))
		testkit.OnGoroutine(func() { _ = m.Send(t.Context(), Join{}) })
		require.Len(t, reports, 1)
		assert.ErrorIs(t, reports[0].Root.Steps[0].Err, cqrs.ErrExit)
	})
	t.Run("has the finalizers that a constructor has returned, and the outcomes that they received", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(context.Context, *self[*tx], Join) error { return errHandler })
		_, r, _ := cqrs.SendReport(t.Context(), a.start(), Join{})
		var finalizers []int
		var outcomes []error
		for s := range r.All() {
			switch s.Kind {
			case cqrs.StepConstructor:
				finalizers = append(finalizers, s.Finalizers)
			case cqrs.StepFinalizer:
				outcomes = append(outcomes, s.Outcome)
			}
		}
		assert.Equal(t, []int{1, 0}, finalizers)
		assert.Equal(t, []error{errHandler}, outcomes)
	})
	t.Run("has the bindings of what is sent, handled and delivered", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, noting[Joined](a, "first"), cqrs.AfterScope())
		_, r, err := cqrs.SendReport(t.Context(), a.start(), Join{})
		require.NoError(t, err)
		bound := map[cqrs.StepKind][]cqrs.Kind{}
		for s := range r.All() {
			if s.Binding != nil {
				bound[s.Kind] = append(bound[s.Kind], s.Binding.Kind())
			}
		}
		assert.Equal(t, map[cqrs.StepKind][]cqrs.Kind{
			cqrs.StepRequest: {cqrs.KindCommand}, cqrs.StepHandler: {cqrs.KindCommand, cqrs.KindEvent},
			cqrs.StepDelivery: {cqrs.KindEvent},
		}, bound)
	})
	t.Run("is there for a message that is not bound", func(t *testing.T) {
		t.Parallel()
		_, r, err := cqrs.SendReport(t.Context(), newApp(t).start(), Join{})
		require.ErrorAs(t, err, new(*cqrs.NoHandlerError))
		assert.Equal(t, err, r.Root.Err)
	})
	t.Run("joins what handlers send through the mediator if all is recorded", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var m *cqrs.Mediator
		command(a, func(ctx context.Context, _ *self[nothing], _ Join) error { return m.Send(ctx, Close{}) })
		command(a, func(context.Context, *self[nothing], Close) error { return nil })
		var texts []string
		m = a.start(reporting(&texts))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{`request Send Join
  scope
    handler commandHandler Join
      request Send Close
        scope
          handler commandHandler Close
`}, texts)
	})
	t.Run("has the time that each step took", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			command(a, func(context.Context, *self[nothing], Join) error { time.Sleep(time.Second); return nil })
			m := a.start()
			start := time.Now()
			_, r, err := cqrs.SendReport(t.Context(), m, Join{})
			require.NoError(t, err)
			for s := range r.All() {
				if s.Kind == cqrs.StepConstructor {
					continue
				}
				assert.Equal(t, start, s.Started)
				assert.Equal(t, time.Second, s.Took, s.Kind)
			}
			assert.Contains(t, r.Text(), "request Send cqrs_test.Join [1s]\n")
		})
	})
	t.Run("does not change when it was handed out", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var late func() error
		command(a, func(ctx context.Context, h *self[txAndSender], _ Join) error {
			late = func() error { return h.need.Sender.Send(ctx, Leave{}) }
			return nil
		})
		a.withTx()
		leaving(a)
		_, r, err := cqrs.SendReport(t.Context(), a.start(), Join{})
		require.NoError(t, err)
		text := r.Text()
		require.ErrorIs(t, late(), cqrs.ErrRequestEnded)
		assert.Equal(t, text, r.Text())
	})
	t.Run("leaves nothing behind for the next request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		deny := true
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if deny {
				return nil, errOther // nothing is built, so that the scope is not closed
			}
			return next(ctx, in)
		}))
		for range 100 {
			deny = true
			_, _, err := cqrs.SendReport(t.Context(), m, Join{})
			require.ErrorIs(t, err, errOther)
			deny = false
			require.NoError(t, m.Send(t.Context(), Join{}))
		}
	})
	t.Run("is made with a context that panics", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		_, _, err := cqrs.SendReport(mute{t.Context()}, a.start(), Join{})
		require.NoError(t, err)
	})
	t.Run("has no text without steps", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "no report\n", new(cqrs.Report).String())
		assert.Equal(t, "no report\n", (*cqrs.Report)(nil).Text())
		assert.Empty(t, slices.Collect((*cqrs.Report)(nil).All()))
	})
}

// mute is a context without values.
type mute struct{ context.Context }

func (mute) Value(any) any { panic("no values") }
