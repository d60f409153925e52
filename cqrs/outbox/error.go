package outbox

import (
	"errors"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// These are the reasons of an [*Error], for errors.Is.
var (
	ErrOption        = errors.New("outbox: invalid argument")
	ErrRunning       = errors.New("outbox: the relay is running already")
	ErrOtherDatabase = errors.New("outbox: the journal is of another database")
	ErrAbandoned     = errors.New("outbox: deliveries did not end in time")
	ErrTables        = errors.New("outbox: tables missing or of another version")
	ErrUnknownID     = errors.New("outbox: unknown ID")
)

// Error reports a relay or a store that cannot be used.
type Error struct {
	Reason error
	errtext.Text
}

func errClosed() error {
	return newError(cqrs.ErrClosed, "the mediator was closed before the relay had ended; "+
		"cancel the context of Run and wait for it, and close the mediator after that")
}

func newError(reason error, format string, args ...any) error {
	return &Error{reason, errtext.New("outbox", format, args...)}
}

func (e *Error) Error() string { return errtext.Write(e.Text) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Reason }
