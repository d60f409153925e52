package mysql

import (
	"fmt"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// Option configures a [Store].
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
