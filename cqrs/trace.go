package cqrs

import (
	"context"
	"errors"
	"sync"

	"github.com/digcqrs/digcqrs/internal/instrument"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// trace records the steps of one call of a mediator. Requests that are not recorded have none: a nil
// *trace. It is safe for concurrent use.
type trace struct {
	hooks   instrument.Hooks
	preview bool // scopes are rolled back, and nothing is delivered outside of them
	mu      sync.Mutex
	ended   bool // the report was handed out
}

// span is a step that a trace is recording.
type span struct {
	trace *trace
	step  *Step
	up    *span // nil for the root
}

type spanKey struct{}

// spanOf returns the step that ctx is the context of, or nil.
func spanOf(ctx context.Context) (s *span) {
	safe.Do(func() { s, _ = ctx.Value(spanKey{}).(*span) })
	return s
}

// in returns a context for what runs within the step.
func (s *span) in(ctx context.Context) context.Context { return context.WithValue(ctx, spanKey{}, s) }

// outside returns a context for what follows the step.
func (s *span) outside(ctx context.Context) context.Context { return s.up.in(ctx) }

// begin adds a step: to that of ctx, or to another one if ctx is not a context of this trace.
func (t *trace) begin(ctx context.Context, otherwise *span, step *Step) *span {
	up := spanOf(ctx)
	if up == nil || up.trace != t {
		up = otherwise
	}
	step.Started = t.hooks.Time()
	s := &span{t, step, up}
	t.mu.Lock()
	defer t.mu.Unlock()
	if up != nil && !t.ended {
		up.step.Steps = append(up.step.Steps, step)
	}
	return s
}

// end notes the outcome of a step.
func (s *span) end(err error) {
	took := s.trace.hooks.Time().Sub(s.step.Started)
	s.trace.mu.Lock()
	defer s.trace.mu.Unlock()
	if !s.trace.ended {
		s.step.Took, s.step.Err = took, err
	}
}

// change changes a step that has begun.
func (s *span) change(do func(*Step)) {
	s.trace.mu.Lock()
	defer s.trace.mu.Unlock()
	if !s.trace.ended {
		do(s.step)
	}
}

// errUnwound is the error of a step that panicked. A step around it has the panic.
var errUnwound = errors.New("panicked, or called runtime.Goexit")

// record calls do as a step.
func (t *trace) record(ctx context.Context, otherwise *span, step *Step, do func(context.Context) error) (err error) {
	s := t.begin(ctx, otherwise, step)
	err = errUnwound // unless do returns
	defer func() { s.end(err) }()
	err = do(s.in(ctx))
	return err
}

// do records a step that the hooks carry out.
func (t *trace) do(ctx context.Context, otherwise *span, step *Step, do func(context.Context) error) error {
	return t.record(ctx, otherwise, step, func(ctx context.Context) error {
		return t.hooks.Do(step, func() error { return do(ctx) })
	})
}

// record calls do as one call of the mediator that is recorded, and hands the report to the observers.
// Within another such call it becomes a part of that, unless that is a preview, which rolls back all its scopes.
func (m *Mediator) record(
	ctx context.Context, step *Step, do func(ctx context.Context, t *trace) error,
) error {
	if s := spanOf(ctx); s != nil && !s.trace.preview && s.trace.goesOn() {
		return s.trace.record(ctx, nil, step, func(ctx context.Context) error { return do(ctx, s.trace) })
	}
	_, err := m.report(ctx, &trace{hooks: m.hooks}, step, do)
	return err
}

// report calls do as the root of a trace, and returns the report.
func (m *Mediator) report(
	ctx context.Context, t *trace, step *Step, do func(ctx context.Context, t *trace) error,
) (r *Report, err error) {
	r = &Report{Root: step, Preview: t.preview}
	defer func() {
		t.mu.Lock()
		t.ended = true
		t.mu.Unlock()
		m.observe(func(o *Observer) {
			if o.Reported != nil {
				o.Reported(r)
			}
		})
	}()
	err = t.record(ctx, &span{trace: t, step: new(Step)}, step, func(ctx context.Context) error { return do(ctx, t) })
	return r, err
}

// goesOn reports whether steps can be added.
func (t *trace) goesOn() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.ended
}

// call calls do as a call of the mediator, which is recorded if an observer wants reports.
func (m *Mediator) call(
	ctx context.Context, name string, message any, do func(ctx context.Context, t *trace) error,
) error {
	if !m.reports {
		return do(ctx, nil)
	}
	return m.record(ctx, &Step{Kind: StepRequest, Name: name, Message: message}, do)
}
