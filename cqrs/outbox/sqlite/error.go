package sqlite

import (
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// pkg begins the text of each error.
const pkg = "outbox/sqlite"

// invalid returns an error about an argument.
func invalid(format string, args ...any) error {
	return sqloutbox.NewError(outbox.ErrOption, pkg, format, args...)
}

// noStore returns the journal for a store that is nil.
func noStore() cqrs.Journal {
	return sqloutbox.NoJournal(invalid("the store of the journal is nil; pass the result of NewStore"))
}

// noTransaction returns the journal for a transaction that is nil.
func noTransaction() cqrs.Journal {
	return sqloutbox.NoJournal(invalid("the transaction of the journal is nil; pass the one in which the request writes"))
}
