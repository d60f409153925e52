package topology

import (
	"errors"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// The reasons of a [ParseError], for errors.Is.
var (
	ErrInvalid = errors.New("topology: invalid JSON")
	ErrSchema  = errors.New("topology: JSON of another schema")
)

// ParseError reports JSON that [Parse] cannot read. Reason is [ErrInvalid] or [ErrSchema]. Err is
// the cause, if there is one.
type ParseError struct {
	Reason error
	Err    error
	text   errtext.Text
}

func (e *ParseError) Error() string { return errtext.Write(e.text) }

// Unwrap returns the reason and the cause.
func (e *ParseError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Err}
}

func parseError(reason, cause error, format string, args ...any) error {
	return &ParseError{Reason: reason, Err: cause, text: errtext.New("topology", format, args...)}
}
