package topology

import (
	"errors"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// The reasons of a [ParseError] and of a [MessageError], for errors.Is.
var (
	ErrInvalid   = errors.New("topology: invalid JSON")
	ErrSchema    = errors.New("topology: JSON of another schema")
	ErrUnknown   = errors.New("topology: unknown message")
	ErrAmbiguous = errors.New("topology: ambiguous name of a message")
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

// MessageError reports the name of a message of which an application has none, or several. Reason
// is [ErrUnknown] or [ErrAmbiguous].
type MessageError struct {
	Reason error
	Name   string
	// Candidates are the full names of the messages that have the name or, if there are none,
	// a similar one.
	Candidates []string
	text       errtext.Text
}

func (e *MessageError) Error() string { return errtext.Write(e.text) }

// Unwrap returns the reason.
func (e *MessageError) Unwrap() error { return e.Reason }

func unknownError(name string, similar []string) error {
	fix := errtext.Part("use a name that its String or JSON has")
	if len(similar) > 0 {
		fix = errtext.Part("did you mean %v?", errtext.Or(similar))
	}
	return &MessageError{Reason: ErrUnknown, Name: name, Candidates: similar,
		text: errtext.New("topology", "the application has no request or event %q; %v", name, fix)}
}

func ambiguousError(name string, found []string) error {
	return &MessageError{Reason: ErrAmbiguous, Name: name, Candidates: found,
		text: errtext.New("topology", "%q may be any of %v; use a longer name", name, errtext.Join(found, ", "))}
}
