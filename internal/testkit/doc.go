// Package testkit is what the tests of all packages share. Only tests may import it.
//
//   - golden.go compares a text with a golden file, or writes the file with -update.
//   - errors.go compares the text of an error with its file in testdata/errors, and
//     makes errors with very long texts.
//   - logger.go has loggers that record what is logged, and loggers that panic.
//   - diary.go is where the parts of an application note what they do, in order.
//   - race.go and norace.go report whether the race detector is on.
//   - heap.go measures the memory that is in use.
//   - goroutine.go runs code that may end its goroutine.
//   - stream.go reads a stream to its end.
//
// Errors whose methods panic are in package broken, and types of the same name in the
// packages below twins.
package testkit
