package bootstrap

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/zaplog"
	"go.uber.org/zap"
)

// Option configures the mediator that [New] creates.
type Option interface {
	fmt.Stringer
	apply(*options) error
}

type options struct {
	queries          []func(*cqrs.RequestMap)
	log              *zap.Logger
	modules          []listed
	middleware       []cqrs.Middleware
	observers        []cqrs.Observer
	afterScopeErrors func(context.Context, []*cqrs.EventError)
	expected         []func(error) bool
	codec            cqrs.Codec
	propagators      []cqrs.Propagator
	onStartup        []func() error
	eventConcurrency int
	eventLimit       int
	nestingLimit     int
	strictEvents     bool
	provenEvents     bool
}

type option struct {
	name string
	set  func(*options) error
}

func (o option) String() string            { return o.name }
func (o option) apply(opts *options) error { return o.set(opts) }

// defaultLimit is the default of WithEventLimit and WithNestingLimit.
const defaultLimit = 1000

func readOptions(opts []Option) (options, error) {
	o := options{log: zap.L(), eventConcurrency: 1, eventLimit: defaultLimit, nestingLimit: defaultLimit}
	var problems []error
	for i, opt := range opts {
		if opt == nil {
			problems = append(problems, nilOptionError(i))
			continue
		}
		if err := opt.apply(&o); err != nil {
			problems = append(problems, optionError(opt, err))
		}
	}
	if problems != nil {
		return o, &Error{Problems: problems}
	}
	o.log = zaplog.WithoutOrigin(o.log)
	return o, nil
}

// WithQueries adds a mapper, for applications that bind queries separately from commands.
// A nil mapper binds nothing.
func WithQueries(queries func(*cqrs.RequestMap)) Option {
	return option{"WithQueries", func(o *options) error {
		o.queries = append(o.queries, queries)
		return nil
	}}
}

// WithLogger sets the logger. The mediator logs each request at Debug, an event without a
// handler and a fallback at Warn, and a panic at Error; [New] logs hints at Warn. Of a durable
// delivery it logs each attempt that middleware.Logging does not: at Debug, at Warn if it has
// failed, and at Error if the delivery is a dead letter now. Only types are logged, never
// contents. For the outcomes, see middleware.Logging. A panic of the logger is ignored. The
// default is zap.L(), read when New is called.
func WithLogger(log *zap.Logger) Option {
	return option{"WithLogger", func(o *options) error {
		if log == nil {
			return fmt.Errorf("the logger is nil; use zap.NewNop() to disable logging")
		}
		o.log = log
		return nil
	}}
}

// WithMiddleware wraps all handlers of requests, streams and events in middleware. The
// first middleware is outermost; further calls of WithMiddleware add to the inside.
func WithMiddleware(middleware ...cqrs.Middleware) Option {
	return option{"WithMiddleware", func(o *options) error {
		for i, m := range middleware {
			if m == nil {
				return fmt.Errorf("middleware %d is nil; remove it", i+1)
			}
		}
		o.middleware = append(o.middleware, middleware...)
		return nil
	}}
}

// WithObserver adds an observer, which sees what middleware cannot see, such as events
// without a handler and errors that nobody receives. Further calls add further observers.
func WithObserver(observer cqrs.Observer) Option {
	return option{"WithObserver", func(o *options) error {
		o.observers = append(o.observers, observer)
		return nil
	}}
}

// WithAfterScopeErrors passes the errors of after-scope deliveries to handle instead of the
// sender: a request whose handler has succeeded then returns nil beside its result, whatever
// its after-scope handlers do. The errors are also logged at Error: by middleware.Logging if
// that wraps the after-scope handler, and otherwise by the logger of [WithLogger]. handle is
// called once for each request with such errors, on its goroutine, and must be safe for
// concurrent use. If it panics, the request returns the errors.
//
// By default the request returns them, and [cqrs.Done] reports that it is done nevertheless.
func WithAfterScopeErrors(handle func(ctx context.Context, errs []*cqrs.EventError)) Option {
	return option{"WithAfterScopeErrors", func(o *options) error {
		if handle == nil {
			return fmt.Errorf("the function is nil; remove the option to have requests return the errors")
		}
		o.afterScopeErrors = handle
		return nil
	}}
}

// WithExpectedErrors declares errors of the application that are answers rather than failures,
// such as "sold out": they are not logged at Error, their spans do not fail, package
// cqrs/resilience does not retry after them and its circuit breakers count them as
// successes. [cqrs.Mediator.Expected] reports whether an error is expected. Errors of messages
// that are invalid, denied or cancelled need not be declared.
//
// is receives the error as the sender receives it, so it should use errors.Is or errors.As. It
// must be safe for concurrent use. If it panics, it does not expect the error. Further calls
// declare further errors.
func WithExpectedErrors(is func(err error) bool) Option {
	return option{"WithExpectedErrors", func(o *options) error {
		if is == nil {
			return fmt.Errorf("the function is nil; remove the option")
		}
		o.expected = append(o.expected, is)
		return nil
	}}
}

// WithCodec sets how events and commands are encoded that an outbox stores. The default is
// encoding/json. New does not check whether another codec can encode the registered types.
func WithCodec(codec cqrs.Codec) Option {
	return option{"WithCodec", func(o *options) error {
		if codec == nil {
			return fmt.Errorf("the codec is nil; remove the option to use encoding/json")
		}
		o.codec = codec
		return nil
	}}
}

// WithPropagator adds a propagator, which carries values such as a trace context to durable
// deliveries. Further calls add further propagators. See [cqrs.Propagator] for what the handler
// gets of them.
func WithPropagator(propagator cqrs.Propagator) Option {
	return option{"WithPropagator", func(o *options) error {
		o.propagators = append(o.propagators, propagator)
		return nil
	}}
}

// WithOnStartup adds functions that New calls, in order, before anything else. If one
// fails, New returns its error.
func WithOnStartup(start ...func() error) Option {
	return option{"WithOnStartup", func(o *options) error {
		for i, f := range start {
			if f == nil {
				return fmt.Errorf("function %d is nil; remove it", i+1)
			}
		}
		o.onStartup = append(o.onStartup, start...)
		return nil
	}}
}

// WithEventConcurrency sets how many goroutines run after-scope handlers: the caller's
// goroutine and n-1 others, which all requests of the mediator share. A request never
// waits for one of these to become free. The default is 1.
func WithEventConcurrency(n int) Option {
	return option{"WithEventConcurrency", func(o *options) error {
		if n < 1 {
			return fmt.Errorf("invalid number of goroutines %d; use 1 or more", n)
		}
		o.eventConcurrency = n
		return nil
	}}
}

// WithEventLimit sets how many events a single event may lead to, itself included, before
// the request fails. The default is 1000.
func WithEventLimit(n int) Option {
	return option{"WithEventLimit", func(o *options) error {
		if n < 1 {
			return fmt.Errorf("invalid limit %d; use 1 or more", n)
		}
		o.eventLimit = n
		return nil
	}}
}

// WithNestingLimit sets how deeply sends may be nested within a request before one fails
// with a [*cqrs.NestingLimitError]. The default is 1000.
func WithNestingLimit(n int) Option {
	return option{"WithNestingLimit", func(o *options) error {
		if n < 1 {
			return fmt.Errorf("invalid limit %d; use 1 or more", n)
		}
		o.nestingLimit = n
		return nil
	}}
}

// WithStrictEvents makes a request fail if nothing handles one of its events. By default,
// such events are only logged.
func WithStrictEvents() Option {
	return option{"WithStrictEvents", func(o *options) error {
		o.strictEvents = true
		return nil
	}}
}

// WithProvenEvents makes [New] check the events that handlers declare to emit, by
// [cqrs.Records1] and similar types, and by [cqrs.Emits]. New then reports, as a
// [*cqrs.EmissionError] each: an event that no handler is bound to, also if the mapper of events is
// missing altogether; an event handler that no declared event reaches; a cycle of events; and a
// handler that records events without declaring any. Events that are published from
// outside are declared with [cqrs.DeclarePublished].
//
// A request fails with a [*cqrs.MessageError] if one of its handlers records an event that it does
// not declare, and so does publishing an event that nothing declares. By default nothing of this
// is checked.
func WithProvenEvents() Option {
	return option{"WithProvenEvents", func(o *options) error {
		o.provenEvents = true
		return nil
	}}
}
