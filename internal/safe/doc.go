// Package safe calls the methods of an application's errors and values, and
// survives any that panic.
//
// An application's error may be a nil pointer whose Error, Is or Unwrap method
// panics, or a value that == cannot compare. None of that may change the outcome
// of a request, so the packages of this module use [Is], [As] and [Text] where a
// program would use errors.Is, errors.AsType and the method Error.
//
// A method that panics is treated as if it did not exist: the rest of the error is
// still searched. The package imports the standard library only, so that package
// cqrs may import it. Its functions are safe for concurrent use.
package safe
