package container

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/panics"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wrap"
)

// These are the reasons of an [*Error].
var (
	ErrRefused    = errors.New("refused by the container")
	ErrMissing    = errors.New("missing dependency")
	ErrCycle      = errors.New("cycle of dependencies")
	ErrCaptive    = errors.New("captive dependency")
	ErrScoped     = errors.New("scoped value outside of a request")
	ErrHandler    = errors.New("unfit handler constructor")
	ErrDecorator  = errors.New("unfit decorator")
	ErrBuild      = errors.New("constructor failed")
	ErrFinalizer  = errors.New("finalizer failed")
	ErrNilContext = errors.New("nil context")
)

// Error reports a fault that a container found. errors.Is matches its reason and the chain
// of its cause. Errors from dig and from the application's constructors and finalizers are
// unchanged causes. dig.RootCause returns the error of a constructor.
type Error struct {
	Reason error // one of ErrRefused, ErrMissing, ...
	Cause  error // may be nil
	failed *constructorFailed
	text
	only
}

// text is embedded by an Error so that other errors can quote it.
type text = errtext.Text

// only marks an Error with a cause, so that logs name the type of the cause.
type only = wrap.Only

func (e *Error) Error() string { return errtext.Write(e.text) }

// Format implements fmt.Formatter. The verb %+v prints errors of dig in their long form,
// which has several lines.
func (e *Error) Format(s fmt.State, verb rune) { errtext.Format(s, verb, e.text) }

// Unwrap returns the reason and the cause.
func (e *Error) Unwrap() []error {
	switch {
	case e.Cause == nil:
		return []error{e.Reason}
	case e.failed != nil:
		return []error{e.Reason, e.failed}
	default:
		return []error{e.Reason, e.Cause}
	}
}

// PanicError reports a panic in a constructor that dig called, or in a finalizer of a
// singleton.
type PanicError struct {
	Value any    // the argument of panic
	Stack []byte // the stack of the goroutine at the panic
	Site  string // file:line of the innermost function of the application
}

// newPanicError must be called by the deferred function that recovered the panic. The
// value is nil after panic(nil).
func newPanicError(v any) *PanicError {
	if v == nil {
		v = new(runtime.PanicNilError)
	}
	return &PanicError{Value: v, Stack: debug.Stack(), Site: panics.Site(reflect.TypeFor[PanicError]().PkgPath())}
}

func (e *PanicError) Error() string {
	if e.Site == "" {
		return "panic: " + safe.Text(e.Value)
	}
	return fmt.Sprintf("panic at %s: %s", e.Site, safe.Text(e.Value))
}

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func newError(reason, cause error, format string, args ...any) *Error {
	return &Error{Reason: reason, Cause: cause, text: errtext.New("container", format, args...), only: wrap.Around(cause)}
}

func nilContainerError() error {
	return newError(ErrRefused, nil, "the container is nil; make one with container.New or container.Wrap")
}

func nilContextError(call string) error {
	return newError(ErrNilContext, nil, "%s was called with a nil context; use context.Background if there is none", call)
}

func scopedError(ctor *constructor) error {
	return newError(ErrScoped, nil,
		"%v is scoped and is built in requests only, by %v; ask for it in a handler or a scoped constructor",
		errtext.Or(ctor.provides()), ctor.where)
}

func scopedGroupError(k key) error {
	return newError(ErrScoped, nil,
		"%v has scoped members, which are built in requests only; ask for it in a handler or a scoped constructor", k)
}

func rawHandlerError(t reflect.Type, bound string) error {
	return newError(ErrHandler, nil,
		"the handler %v (%s) was provided to dig directly, where it can only be a singleton; provide it to the "+
			"container.Container", t, bound)
}

func crowdedHandlerError(t reflect.Type, bound string, ctor *constructor) error {
	return newError(ErrHandler, nil,
		"%v provides %v, but %v (%s) is a handler, whose constructor must provide nothing else; give each a constructor "+
			"of its own",
		ctor.where, errtext.And(ctor.provides()), t, bound)
}

func alienOptionError(t reflect.Type, bound string, ctor *constructor) error {
	return newError(ErrHandler, nil,
		"the handler %v (%s) is built in requests, which cannot honour the option %s of its constructor %v; leave the "+
			"option out, or provide it with container.Singleton()", t, bound, ctor.alien[0], ctor.where)
}

func sharedHandlerError(t reflect.Type, bound, also string) error {
	return newError(ErrHandler, nil,
		"the handler %v (%s) is also %s; a type cannot be both, so give each a type of its own", t, bound, also)
}

func suppliedError(k key, ctor *constructor) error {
	return newError(ErrRefused, nil,
		"%v provides %v, which every request has of its own; provide another type", ctor.where, k)
}

func lateDecoratorError(d *constructor, k key) error {
	return newError(ErrDecorator, nil,
		"the decorator %v of %v was given to dig before something that it decorates became scoped; provide scoped "+
			"constructors before the first Invoke or bootstrap.New, or mark the decorator with container.Scoped()", d.where, k)
}

func stuckError(d *constructor, cause error) error {
	return newError(ErrDecorator, cause,
		"dig cannot run the decorator %v again after an earlier failure: %v; begin with a new container", d.where, cause)
}

func handlerDecoratorError(d *constructor, k key) error {
	return newError(ErrDecorator, nil,
		"the decorator %v decorates the handler %v, which is built anew for every message; use a middleware", d.where, k)
}

func alienDecoratorError(d *constructor) error {
	return newError(ErrDecorator, nil,
		"the decorator %v runs in requests, which cannot honour the option %s; leave it out", d.where, d.alien[0])
}

func singletonError(k key, by []*constructor, cause error) error {
	if len(by) == 0 {
		return newError(ErrBuild, cause, "cannot build the singleton %v: %v", k, cause)
	}
	return newError(ErrBuild, cause, "cannot build the singleton %v of %v: %v", k, errtext.Join(placesOf(by), ", "), cause)
}

func dryRunError() error {
	return newError(ErrRefused, nil,
		"the container is made with dig.DryRun(true), so that there are no singletons to give to requests; leave it out")
}

func buildError(ctor *constructor, cause error) error {
	decorated := ""
	if ctor.decorates {
		decorated = "decorated "
	}
	err := newError(ErrBuild, cause, "%v failed to build %s%v: %v",
		ctor.where, decorated, errtext.Or(ctor.provides()), cause)
	err.failed = &constructorFailed{cause: cause}
	return err
}

// constructorFailed wraps the error of a constructor. It is an error of dig, so that
// dig.RootCause finds the wrapped error. dig's interface is sealed; its only method is
// called by dig's own errors alone.
type constructorFailed struct {
	digError
	cause error
}

type digError struct{ dig.Error }

func (e *constructorFailed) Error() string { return errtext.Sprintf("%v", e.cause) }
func (e *constructorFailed) Unwrap() error { return e.cause }

func finalizerError(ctor *constructor, cause error) error {
	return newError(ErrFinalizer, cause, "%v failed: %v", finalizerText(ctor), cause)
}

func finalizerOf(ctor *constructor) string { return errtext.Write(finalizerText(ctor)) }

func finalizerText(ctor *constructor) text {
	return errtext.Part("the finalizer of %v from %v", errtext.Or(ctor.provides()), ctor.where)
}

func handlerBuildError(h *handler, cause error) error {
	return newError(ErrBuild, cause, "cannot build the handler %v: %v", errtext.Or(h.node.ctor.provides()), cause)
}

func valueBuildError(t reflect.Type, cause error) error {
	return newError(ErrBuild, cause, "cannot build %v: %v", t, cause)
}
