package sqlite

import (
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// pkg begins the text of each error.
const pkg = "outbox/sqlite"

// invalid returns an error about an argument.
func invalid(format string, args ...any) error {
	return sqloutbox.NewError(outbox.ErrOption, pkg, format, args...)
}
