// Package expected marks the errors of this module that are answers to the sender of a
// message, such as a rejection, rather than failures of its handler.
//
// The package imports the standard library only, so that package cqrs may import it.
package expected

// sentinel is an error that errors.Is finds in the errors that are marked.
type sentinel struct{ name, text string }

// New returns a marked error for errors.Is. name is that of its variable, such as
// "middleware.ErrInvalid", which logs and measurements report as the type of the error.
func New(name, text string) error { return &sentinel{name, text} }

func (s *sentinel) Error() string     { return s.text }
func (s *sentinel) ErrorType() string { return s.name }

// Is reports whether err itself is marked, whatever it wraps.
func Is(err error) bool {
	_, is := err.(*sentinel)
	return is
}
