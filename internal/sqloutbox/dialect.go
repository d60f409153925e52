package sqloutbox

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Dialect is what differs between databases.
type Dialect struct {
	Package    string // begins each error text
	Names      Names
	Numbered   bool // whether the driver wants $1 instead of a question mark
	Migrations fs.FS
	Statements func(q func(text string) *Statement) Statements
	// Slots is how many locks there are for keys; 0 stands for 64 bits of them.
	Slots uint64
	// Abort is a statement that fails, after which the transaction can only be rolled back. It is empty
	// if a failed statement does not have this effect; then a savepoint is used.
	Abort string
	// Retry reports whether a transaction of the store's own has failed only because of others.
	Retry func(error) bool
}

// Statements of a dialect. The comments list the arguments in order, after a bar those of each row.
type Statements struct {
	LockMigrations *Statement // nil if Exclusive does it
	Schemas        *Statement // schema: how many there are; nil if there are none
	Tables         *Statement // how many of the tables outbox_meta exist
	Meta           *Statement // version, oldest version, identity

	Lock             *Statement // | slot; nil if a transaction has no other writers beside it
	InsertRecords    *Statement // | ID, name, payload, headers, key
	InsertDeliveries *Statement // | ID, subscription, due
	InsertOrdered    *Statement // | ID, subscription, key, whether it can be the head, due
	Living           *Statement // | subscription, key: those with living deliveries; nil if InsertOrdered looks itself
	Complete         *Statement // token, subscription | seq
	Promote          *Statement // | subscription, key
	CancelDeliveries *Statement // ID; only of commands, which are never in order
	CancelRecord     *Statement // ID
	ClaimAll         *Statement // lease, token | subscription, limit, start; or nil, and the next four
	Ready            *Statement // | subscription: those that have something to claim
	Pick             *Statement // subscription, start, limit: seq, ID, key, attempts, due
	Load             *Statement // | ID: ID, name, payload, headers, key
	Lease            *Statement // lease, token | seq
	Held             *Statement // token | seq: seq, and locks the rows
	Extend           *Statement // lease, token | seq
	Release          *Statement // token | seq
	Fail             *Statement // error, delay, seq, token
	Bury             *Statement // error, seq, token
	Headless         *Statement // subscription, key
	HasHead          *Statement // subscription, key: number of claimable deliveries
	Stats            *Statement // subscription, pending, dead, age of the oldest, paused
	DeadLetters      *Statement // payload, ID twice, subscription twice, event twice, limit
	FindDead         *Statement // ID, subscription: seq, key; locks the row
	Revive           *Statement // seq
	Discard          *Statement // seq
	Pause            *Statement // subscription
	Resume           *Statement // subscription
	OldRecords       *Statement // age, ID after which to begin, limit: IDs of those without deliveries
	DeleteRecords    *Statement // | ID
}

// Names are those of the tables.
type Names struct {
	Schema    string
	HasSchema bool // whether there is one; otherwise that of the connection is used
	Prefix    string
	Quote     string // the quotation mark of identifiers
}

// DefaultPrefix is that of the tables in the migrations.
const DefaultPrefix = "outbox_"

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// maxIdentifier leaves room for the longest name after a prefix.
const maxIdentifier = 32

// checkNames returns an error unless the names are identifiers.
func (d *Dialect) checkNames() error {
	for _, name := range []struct {
		what, name string
		used       bool
	}{
		{"schema", d.Names.Schema, d.Names.HasSchema},
		{"prefix", d.Names.Prefix, true},
	} {
		if name.used && !isIdentifier(name.name) {
			return NewError(outbox.ErrOption, d.Package, "%s %.40q of the tables is not an identifier; "+identifierRule,
				name.what, name.name)
		}
	}
	return nil
}

const identifierRule = "use up to 32 ASCII letters, digits and underscores, and begin with no digit"

func isIdentifier(s string) bool { return len(s) <= maxIdentifier && identifier.MatchString(s) }

var tableNames = regexp.MustCompile(`\boutbox_\w+`)

// tables lists the names that are qualified by the schema; others are those of indexes.
func isTable(name string) bool {
	return slices.Contains([]string{"events", "deliveries", "meta", "paused", "locks"}, name)
}

// apply replaces the default names in a text by these.
func (n Names) apply(text string) string {
	return tableNames.ReplaceAllStringFunc(text, func(name string) string {
		name = strings.TrimPrefix(name, DefaultPrefix)
		quoted := n.quote(n.Prefix + name)
		if n.HasSchema && isTable(name) {
			quoted = n.quote(n.Schema) + "." + quoted
		}
		return quoted
	})
}

func (n Names) quote(name string) string { return n.Quote + name + n.Quote }

// compile returns the statement that a text describes.
func (d *Dialect) compile(text string) *Statement {
	text = d.Names.apply(strings.TrimSpace(text))
	s := &Statement{before: text, numbered: d.Numbered}
	if before, rest, ok := strings.Cut(text, "[["); ok {
		row, after, _ := strings.Cut(rest, "]]")
		s.before, s.after, s.separator = before, after, ", "
		s.row = row
		if row, separator, ok := strings.Cut(row, "|"); ok {
			s.row, s.separator = row, separator
		}
	}
	return s
}
