// Package randomapp_test draws random applications and compares what they do with what
// docs/scopes.md promises.
//
// A case is an application: bindings, middleware, and a few requests, with everything
// that handlers, middleware, constructors and finalizers do with each message, faults
// included (application_test.go). Its code runs twice: with a mediator of this module
// (run_test.go), and with a model of one that is written only from the documentation
// (model_test.go). Both keep a journal: what was built, called, delivered and finalized,
// in which order, with which result and which errors. The journals must be equal, line
// by line, and all goroutines must have ended.
//
// An ordinary run draws 2,000 cases. For more:
//
//	go test -run Model ./internal/randomapp -rapid.checks=50000
//
// A failing case is shrunk and printed, with both journals side by side and the seed. To
// repeat it, pass the flag that is printed with it:
//
//	go test ./internal/randomapp -rapid.seed=1157671154375630077
//
// Without -rapid.nofailfile, rapid also writes the shrunk case to a file in testdata/rapid,
// and begins every run with it until the file is deleted.
package randomapp_test
