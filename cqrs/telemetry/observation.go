package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/outcome"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// observation observes the handling of one message. OpenTelemetry may call code of the
// application, such as samplers, span processors and exporters. A panic there has no
// effect on the message.
type observation struct {
	*subject
	in      *cqrs.Invocation
	ctx     context.Context // with the span, if there is one
	span    trace.Span      // nil if there is none
	counted bool            // counted as active
	timed   bool
	start   time.Time
}

func (o *observation) begin() {
	safe.Do(func() {
		ctx, span := o.startSpan(o.ctx, o.in)
		o.ctx, o.span = ctx, span
	})
	safe.Do(func() {
		if o.active.Enabled(o.ctx) {
			o.active.Add(o.ctx, 1, o.activeOf...)
			o.counted = true
		}
	})
	safe.Do(func() { o.timed = o.duration.Enabled(o.ctx) })
	if o.timed {
		o.start = time.Now()
	}
}

func (o *observation) end(how outcome.Outcome, err error) {
	var took time.Duration
	if o.timed {
		took = time.Since(o.start)
	}
	recording := false
	safe.Do(func() { recording = o.span != nil && o.span.IsRecording() })
	if recording || o.timed {
		e := o.ending(how, err)
		safe.Do(func() {
			if recording {
				e.mark(o.span)
				markAttempt(o.span, o.in.Attempt())
			}
		})
		safe.Do(func() {
			if o.timed {
				o.duration.Record(o.ctx, took.Seconds(), e.measured...)
			}
		})
	}
	safe.Do(func() {
		if o.counted {
			o.active.Add(o.ctx, -1, o.activeOf...)
		}
	})
	safe.Do(func() {
		if o.span != nil {
			o.span.End()
		}
	})
}
