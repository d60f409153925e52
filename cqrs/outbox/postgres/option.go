package postgres

import (
	"fmt"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// Option configures a [Store] or an [SQLStore].
type Option interface {
	apply(*sqloutbox.Names)
	String() string
}

// WithPrefix sets what the names of the tables begin with. The default is "outbox_". It
// must be an identifier of at most 32 bytes: ASCII letters, digits and underscores.
func WithPrefix(prefix string) Option { return prefixOption(prefix) }

type prefixOption string

func (p prefixOption) apply(n *sqloutbox.Names) { n.Prefix = string(p) }
func (p prefixOption) String() string           { return fmt.Sprintf("WithPrefix(%q)", string(p)) }

// WithSchema sets the schema of the tables, which Migrate creates if it does not exist. By default they
// are in the first schema of the connection's search_path. It must be an identifier of at most 32 bytes.
func WithSchema(schema string) Option { return schemaOption(schema) }

type schemaOption string

func (s schemaOption) apply(n *sqloutbox.Names) { n.Schema, n.HasSchema = string(s), true }
func (s schemaOption) String() string           { return fmt.Sprintf("WithSchema(%q)", string(s)) }
