// Package testkit is shared by the tests of all packages. Only tests may import it.
//
//   - golden.go compares a text with a golden file, or writes the file with -update.
//   - errors.go compares the text of an error with its file in testdata/errors, and
//     makes errors with very long texts.
//   - logger.go provides loggers that record their entries, and loggers that panic.
//   - diary.go provides a diary in which the parts of an application note what they do.
//   - race.go and norace.go report whether the race detector is on.
//   - heap.go measures the memory in use.
//   - goroutine.go runs code that may end its goroutine.
//   - stream.go reads a stream to its end.
//
// Errors whose methods panic are in package broken, and types of the same name in the
// packages below twins.
package testkit
