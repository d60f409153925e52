package outbox

import "errors"

// ErrUnknownID reports an identifier that no dead letter has.
var ErrUnknownID = errors.New("outbox: unknown ID")
