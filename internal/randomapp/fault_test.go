package randomapp_test

import (
	"context"
	"fmt"
	"runtime"

	"github.com/digcqrs/digcqrs/cqrs"
)

// fault is one way in which the code of an application can fail.
type fault int

const (
	none         fault = iota
	failsPlain         // an error
	failsTyped         // an error that errors.Is finds equal to all errors of its type
	failsList          // an error that cannot be compared
	failsBroken        // a nil pointer as an error, whose methods panic
	panicsError        // a panic with an error
	panicsText         // a panic with a string
	panicsBroken       // a panic with an error whose methods panic
	cancelled          // cancels the context and returns its error
	goesOn             // cancels the context and returns no error
	exits              // runtime.Goexit
	passesOn           // of a handler in a chain: cqrs.ErrNotHandled
	nilStream          // of the handler of a stream: a nil iterator

	commonFaults = passesOn // the faults above can happen anywhere
)

var faultNames = [...]string{
	"ok", "error", "typed error", "list error", "broken error", "panic(error)", "panic(text)", "panic(broken)",
	"cancel and fail", "cancel", "Goexit", "pass on", "nil stream",
}

func (f fault) String() string { return faultNames[f] }

// isPanic reports whether f is a panic.
func (f fault) isPanic() bool { return f == panicsError || f == panicsText || f == panicsBroken }

// The errors of an application.
type (
	plainError  struct{ n int }
	typedError  struct{ n int }
	listError   []error
	brokenError struct{ n int }
	wrapped     struct {
		n     int
		cause error
	}
)

func (e *plainError) Error() string     { return fmt.Sprint("plain ", e.n) }
func (e *typedError) Error() string     { return fmt.Sprint("typed ", e.n) }
func (e *typedError) Is(err error) bool { _, is := err.(*typedError); return is }
func (e listError) Error() string       { return fmt.Sprint("list of ", len(e)) }
func (e listError) Unwrap() []error     { return e }
func (e *brokenError) Error() string    { return fmt.Sprint("broken ", e.n) }
func (e *brokenError) Is(error) bool    { return e.n > 0 }
func (e *brokenError) Unwrap() error    { return fmt.Errorf("%d", e.n) }
func (e *wrapped) Error() string        { return fmt.Sprint("wrapped ", e.n) }
func (e *wrapped) Unwrap() error        { return e.cause }

// exit is the panic that stands for runtime.Goexit in the model.
type exit struct{}

// yieldPanic is the panic of a yield that is called too late, in the model.
type yieldPanic struct{}

// consumerPanic is the panic of the consumer of a stream.
type consumerPanic struct{}

// fail fails in the way that f describes.
func (w *world) fail(f fault) error {
	if f == none {
		return nil
	}
	w.saw(f)
	switch n := w.number(); f {
	case failsPlain:
		return &plainError{n}
	case failsTyped:
		return &typedError{n}
	case failsList:
		return listError{&plainError{n}}
	case failsBroken:
		return (*brokenError)(nil)
	case panicsError:
		panic(&plainError{n})
	case panicsText:
		panic(fmt.Sprint("text ", n))
	case panicsBroken:
		panic((*brokenError)(nil))
	case cancelled:
		w.cancel()
		return context.Canceled
	case goesOn:
		w.cancel()
	case exits:
		if w.real {
			runtime.Goexit()
		}
		panic(exit{})
	case passesOn:
		return cqrs.ErrNotHandled
	}
	return nil
}
