package cqrs

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/panics"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// PanicError reports a panic in the application's code.
type PanicError struct {
	Value   any          // the value passed to panic
	Stack   []byte       // the stack of the goroutine at the panic
	Site    string       // the file:line of the innermost function of the application
	Message reflect.Type // the message being handled; nil if there is none
	Handler reflect.Type // the handler that panicked; nil if something else did
	Where   string       // what panicked, if not a handler: a constructor, a middleware, a finalizer, ...
}

func (e *PanicError) Error() string {
	in, at := errtext.Part(""), errtext.Part("")
	switch {
	case e.Handler != nil:
		in = errtext.Part(" in %v, handling %v", e.Handler, e.Message)
	case e.Where != "":
		in = errtext.Part(" in %s", e.Where)
	}
	if e.Site != "" {
		at = errtext.Part(" at %s", e.Site)
	}
	return errtext.Write(newText("panic%v%v: %s", in, at, safe.Text(e.Value)))
}

// Unwrap returns the value passed to panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// progress is how far a call of a handler has come.
type progress int

const (
	constructing progress = iota
	handling
	returned
)

// unwound returns the error for a panic in a handler or in one of its constructors. The
// deferred function that recovered the panic calls it.
func (e *endpoint) unwound(ctx context.Context, value any, at progress, h *single) error {
	err := newPanicError(value)
	err.Message = e.message
	if at == handling {
		err.Handler = h.handler
	} else {
		err.Where = fmt.Sprintf("a constructor for %v", h.handler)
	}
	return e.m.notePanic(ctx, value, err)
}

// panicked returns the error for a panic anywhere else. The deferred function that
// recovered the panic calls it. message is nil if there is none.
func (m *Mediator) panicked(ctx context.Context, value any, message reflect.Type, where string) error {
	err := newPanicError(value)
	err.Message, err.Where = message, where
	return m.notePanic(ctx, value, err)
}

// guard calls do, which runs code of the application, and turns a panic into an error.
func (m *Mediator) guard(ctx context.Context, message reflect.Type, where string, do func() error) error {
	return safe.Guard(do, func(value any) error { return m.panicked(ctx, value, message, where) })
}

// newPanicError returns an error with the stack of the goroutine that panicked.
func newPanicError(value any) *PanicError {
	if value == nil { // panic(nil), or runtime.Goexit, after which nobody sees the error
		value = new(runtime.PanicNilError)
	}
	return &PanicError{Value: value, Stack: debug.Stack(), Site: panics.Site(reflect.TypeFor[PanicError]().PkgPath())}
}

// notePanic reports a panic to the observer. A nil value is not reported, since it cannot be
// distinguished from a goroutine that ends.
func (m *Mediator) notePanic(ctx context.Context, value any, err *PanicError) error {
	if value != nil {
		m.observe(func(o *Observer) { o.Panicked(ctx, err) })
	}
	return err
}
