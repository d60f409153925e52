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
	Value   any          // what panic was called with
	Stack   []byte       // of the goroutine, at the panic
	Site    string       // file:line of the innermost function of the application
	Message reflect.Type // being handled; nil if there is none
	Handler reflect.Type // that panicked; nil if something else did
	Where   string       // what did, if it was no handler: a constructor, a middleware, a finalizer, ...
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

// Unwrap returns the value of the panic if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A moment is how far the call of a handler has come.
type moment int

const (
	constructing moment = iota
	handling
	returned
)

// unwound makes an error of a handler, or one of its constructors, that has not returned.
// It is called by the deferred function that recovered the panic.
func (e *endpoint) unwound(ctx context.Context, value any, at moment, h *single) error {
	err := newPanicError(value)
	err.Message = e.message
	if at == handling {
		err.Handler = h.handler
	} else {
		err.Where = fmt.Sprintf("a constructor for %v", h.handler)
	}
	return e.m.notePanic(ctx, value, err)
}

// panicked makes an error of a panic elsewhere. It is called by the deferred function
// that recovered it. message is nil if there is none.
func (m *Mediator) panicked(ctx context.Context, value any, message reflect.Type, where string) error {
	err := newPanicError(value)
	err.Message, err.Where = message, where
	return m.notePanic(ctx, value, err)
}

func newPanicError(value any) *PanicError {
	if value == nil { // panic(nil), or the goroutine is ending, and nobody will see the error
		value = new(runtime.PanicNilError)
	}
	return &PanicError{Value: value, Stack: debug.Stack(), Site: panics.Site(reflect.TypeFor[PanicError]().PkgPath())}
}

// notePanic tells the observer of a panic. If value is nil that cannot be told from a
// goroutine that ends.
func (m *Mediator) notePanic(ctx context.Context, value any, err *PanicError) error {
	if value != nil {
		m.observe(func(o Observer) { o.Panicked(ctx, err) })
	}
	return err
}
