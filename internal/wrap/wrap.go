// Package wrap marks the errors of this module that only wrap another one, so that
// logs and measurements can name that one.
//
// The package imports the standard library only, so that package cqrs may import it.
package wrap

import "github.com/digcqrs/digcqrs/internal/safe"

// Only is embedded, under an unexported name, by an error that says only where another
// error comes from.
type Only struct{ err error }

// Around returns the value to embed in an error that only wraps err. It marks nothing if
// err is nil.
func Around(err error) Only { return Only{err} }

func (o Only) wrapped() error { return o.err }

// Inner returns the error that err only wraps, or nil if err is not marked.
func Inner(err error) (inner error) {
	if w, is := err.(interface{ wrapped() error }); is {
		safe.Do(func() { inner = w.wrapped() }) // err may be a nil pointer
	}
	return inner
}
