package safe_test

import (
	"errors"
	"fmt"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errSentinel = errors.New("sentinel")

// A broken is an error each of whose methods panics.
type broken struct{}

func (*broken) Error() string { panic("Error") }
func (*broken) Is(error) bool { panic("Is") }
func (*broken) As(any) bool   { panic("As") }
func (*broken) Unwrap() error { panic("Unwrap") }

// A notFound has methods that dereference, as most have, so those of a nil
// pointer panic.
type notFound struct {
	what string
	err  error
}

func (e *notFound) Error() string        { return e.what + " not found" }
func (e *notFound) Unwrap() error        { return e.err }
func (e *notFound) Is(target error) bool { return e.what == target.Error() }

// A brokenMany panics when it is asked for the errors that it joins.
type brokenMany struct{}

func (brokenMany) Error() string   { return "many" }
func (brokenMany) Unwrap() []error { panic("Unwrap") }

// A list cannot be compared.
type list []error

func (l list) Error() string { return fmt.Sprintf("%d errors", len(l)) }

// A boxed can be compared or not, depending on what is in it.
type boxed struct{ what any }

func (boxed) Error() string { return "boxed" }

// An endless unwraps to itself.
type endless struct{}

func (endless) Error() string { return "endless" }
func (endless) Unwrap() error { return endless{} }

// A doubling unwraps to itself twice.
type doubling struct{}

func (doubling) Error() string   { return "doubling" }
func (doubling) Unwrap() []error { return []error{doubling{}, doubling{}} }
