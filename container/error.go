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
	ErrCycle      = errors.New("dependency cycle")
	ErrCaptive    = errors.New("captive dependency")
	ErrScoped     = errors.New("scoped value outside a request")
	ErrHandler    = errors.New("invalid handler constructor")
	ErrDecorator  = errors.New("invalid decorator")
	ErrDefault    = errors.New("invalid default")
	ErrReplace    = errors.New("invalid replacement")
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
	return newError(ErrRefused, nil, "the container is nil; create one with container.New or container.Wrap")
}

func nilContextError(call string) error {
	return newError(ErrNilContext, nil,
		"%s was called with a nil context; pass context.Background() if you have none", call)
}

func scopedError(ctor *constructor) error {
	return newError(ErrScoped, nil,
		"%v from %v is scoped and is built only in requests; ask for it in a handler or a scoped constructor",
		errtext.Or(ctor.provides()), ctor.where)
}

func scopedGroupError(k key) error {
	return newError(ErrScoped, nil,
		"%v has scoped members, which are built only in requests; ask for it in a handler or a scoped constructor", k)
}

func rawHandlerError(t reflect.Type, bound string) error {
	return newError(ErrHandler, nil,
		"the handler %v (%s) was provided directly to dig, where it can only be a singleton; provide it with "+
			"container.Container.Provide", t, bound)
}

func crowdedHandlerError(t reflect.Type, bound string, ctor *constructor) error {
	return newError(ErrHandler, nil,
		"%v provides %v, but %v (%s) is a handler, whose constructor must provide nothing else; give each "+
			"its own constructor",
		ctor.where, errtext.And(ctor.provides()), t, bound)
}

func unsupportedOptionError(t reflect.Type, bound string, ctor *constructor) error {
	return newError(ErrHandler, nil,
		"the handler %v (%s) is transient, and its constructor %v has the option %s, which only singletons support; "+
			"remove the option, or provide the handler with container.Singleton()", t, bound, ctor.where, ctor.unsupported[0])
}

func sharedHandlerError(t reflect.Type, bound, also string) error {
	return newError(ErrHandler, nil,
		"the handler %v (%s) is also %s; a type cannot be both, so use separate types", t, bound, also)
}

func suppliedError(k key, ctor *constructor) error {
	return newError(ErrRefused, nil,
		"%v provides %v, but every request has its own; provide another type", ctor.where, k)
}

func lateDecoratorError(d *constructor, k key) error {
	return newError(ErrDecorator, nil,
		"the decorator %v of %v was registered with dig before a value that it decorates became scoped; provide scoped "+
			"constructors before the first Invoke or bootstrap.New, or mark the decorator with container.Scoped()", d.where, k)
}

func stuckError(d *constructor, cause error) error {
	return newError(ErrDecorator, cause,
		"dig cannot run the decorator %v again after an earlier failure: %v; create a new container", d.where, cause)
}

func handlerDecoratorError(d *constructor, k key) error {
	return newError(ErrDecorator, nil,
		"the decorator %v decorates the handler %v, but handlers are transient; use a middleware", d.where, k)
}

func unsupportedDecoratorOptionError(d *constructor) error {
	return newError(ErrDecorator, nil,
		"the decorator %v runs in requests and does not support the option %s; remove the option", d.where, d.unsupported[0])
}

func singletonError(k key, by []*constructor, cause error) error {
	if len(by) == 0 {
		return newError(ErrBuild, cause, "cannot build the singleton %v: %v", k, cause)
	}
	return newError(ErrBuild, cause,
		"cannot build the singleton %v from %v: %v", k, errtext.Join(placesOf(by), ", "), cause)
}

func dryRunError() error {
	return newError(ErrRefused, nil,
		"the container was created with dig.DryRun(true), so it has no singletons for requests; remove the option")
}

func buildError(ctor *constructor, cause error) error {
	verb := "build"
	if ctor.decorates {
		verb = "decorate"
	}
	err := newError(ErrBuild, cause, "%v failed to %s %v: %v",
		ctor.where, verb, errtext.Or(ctor.provides()), cause)
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

func handlerBuildError(r *root, cause error) error {
	return newError(ErrBuild, cause, "cannot build the handler %v: %v", errtext.Or(r.node.ctor.provides()), cause)
}

func valueBuildError(t reflect.Type, cause error) error {
	return newError(ErrBuild, cause, "cannot build %v: %v", t, cause)
}
