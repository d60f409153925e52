// Package broken provides tests with errors as careless applications write them: nil
// pointers whose methods panic, values that cannot be compared, endless chains. None of
// them may change the outcome of a request.
package broken

import "fmt"

// Errors returns one error of each kind, keyed by what is wrong with it.
func Errors() map[string]error {
	return map[string]error{
		"a nil pointer":                         (*NotFound)(nil),
		"an error whose methods panic":          &Panicking{},
		"an error whose panics panic":           &Panicking{Value: &Panicking{}},
		"errors whose joint Unwrap panics":      Many{},
		"an error that cannot be compared":      List{},
		"an error with what cannot be compared": Box{What: []int{1}},
		"an error that unwraps to itself":       Endless{},
	}
}

// NotFound has methods that dereference their receiver, like those of most errors, so
// they panic on a nil pointer.
type NotFound struct {
	What string
	Err  error
}

func (e *NotFound) Error() string { return e.What + " not found" }
func (e *NotFound) Unwrap() error { return e.Err }
func (e *NotFound) Is(target error) bool {
	other, ok := target.(*NotFound)
	return ok && e.What == other.What
}

// Panicking is an error each of whose methods panics.
type Panicking struct {
	Value any // of the panics
}

func (e *Panicking) Error() string     { panic(e.Value) }
func (e *Panicking) Is(error) bool     { panic(e.Value) }
func (e *Panicking) As(any) bool       { panic(e.Value) }
func (e *Panicking) Unwrap() error     { panic(e.Value) }
func (e *Panicking) ErrorType() string { panic(e.Value) }

// Many panics when asked for the errors that it joins.
type Many struct{}

func (Many) Error() string   { return "many" }
func (Many) Unwrap() []error { panic("Unwrap") }

// List cannot be compared.
type List []error

func (l List) Error() string { return fmt.Sprintf("%d errors", len(l)) }

// Box can be compared or not, depending on what is in it.
type Box struct{ What any }

func (Box) Error() string { return "boxed" }

// Endless unwraps to itself.
type Endless struct{}

func (Endless) Error() string { return "endless" }
func (Endless) Unwrap() error { return Endless{} }

// Doubling unwraps to itself twice.
type Doubling struct{}

func (Doubling) Error() string   { return "doubling" }
func (Doubling) Unwrap() []error { return []error{Doubling{}, Doubling{}} }
