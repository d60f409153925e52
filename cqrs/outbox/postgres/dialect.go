package postgres

import (
	"embed"
	"errors"
	"slices"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

//go:embed migrations/*.sql
var migrations embed.FS

func dialect(opts []Option) *sqloutbox.Dialect {
	names := sqloutbox.Names{Prefix: sqloutbox.DefaultPrefix, Quote: `"`}
	for _, o := range opts {
		if o != nil {
			o.apply(&names)
		}
	}
	return &sqloutbox.Dialect{
		Package:    pkg,
		Names:      names,
		Numbered:   true,
		Migrations: migrations,
		Statements: statements,
		Abort:      `DO $$BEGIN RAISE EXCEPTION 'the lease of a delivery is lost'; END$$`,
		Retry:      isConflict,
	}
}

// isConflict reports whether a transaction has failed because of another one: a serialization
// failure or a deadlock.
func isConflict(err error) bool {
	e, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err)
	return ok && slices.Contains([]string{"40001", "40P01"}, e.SQLState())
}
