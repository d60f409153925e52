package cqrs

import (
	"context"
	"errors"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// SendReport sends a command or query as [Send] does, and also returns what happened: the constructors,
// the middleware, the handlers, the events, the finalizers and the deliveries after the scope, with
// their errors. The report is never nil. It covers what the request does through its [Sender], but
// not the requests that its handlers send through the mediator. Use it to debug, since a recorded
// request takes several times as long. Requests that are not recorded pay nothing for it.
func SendReport[Q Request[R], R any](ctx context.Context, m *Mediator, message Q) (R, *Report, error) {
	result, report, err := m.sendReport(ctx, message, &trace{})
	typed, _ := result.(R)
	return typed, report, err
}

// ErrPreview is the outcome that the finalizers and the middleware around the scope receive in a
// [Preview] of a request that would have succeeded.
var ErrPreview = errors.New("cqrs: the request is a preview and is rolled back")

// Preview runs a command or query, with its events in the scope, and then rolls its scope back: its
// finalizers receive [ErrPreview]. Nothing is delivered after the scope, and nothing durable is
// stored. The report shows what would have happened, and has a delivery for each subscription that
// would have received an event later. The error is nil if the request would have committed, and
// otherwise the one with which it fails. Middleware around the scope receives ErrPreview; it may wrap it.
//
// Only what the finalizers roll back is undone. That does not include what handlers do elsewhere, such as
// calling another service, or requests that they send through the mediator instead of their [Sender].
func Preview[Q Request[R], R any](ctx context.Context, m *Mediator, message Q) (*Report, error) {
	_, report, err := m.sendReport(ctx, message, &trace{preview: true})
	if isPreview(err) {
		err = nil
	}
	return report, err
}

// isPreview reports whether an error says nothing but that the request was a preview.
func isPreview(err error) bool {
	for e := range safe.Tree(err) {
		if len(safe.Unwrap(e)) == 0 && e != ErrPreview {
			return false
		}
	}
	return err != nil
}

func (m *Mediator) sendReport(ctx context.Context, message any, t *trace) (result any, r *Report, err error) {
	step := &Step{Kind: StepRequest, Name: "Send", Message: message}
	e, err := m.route(ctx, message, false)
	if err != nil {
		step.Err = err
		return nil, &Report{Root: step, Preview: t.preview}, err
	}
	step.Binding = e.Binding
	call := m.calls.begin()
	if call == nil {
		step.Err = closedError(e.message)
		return nil, &Report{Root: step, Preview: t.preview}, step.Err
	}
	defer m.calls.end(call)
	t.hooks = m.hooks
	if handled := m.handling(e.Binding); handled != nil {
		defer func() { handled(ctx, err) }()
		err = ErrExit // unless it returns
	}
	r, err = m.report(ctx, t, step, func(ctx context.Context, t *trace) (err error) {
		result, err = e.open(ctx, message, t)
		return err
	})
	return result, r, err
}
