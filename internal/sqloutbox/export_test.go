package sqloutbox

import "github.com/digcqrs/digcqrs/cqrs/outbox"

// Text returns the SQL for n rows.
func (s *Statement) Text(n int) string { return s.text(n) }

// Each returns the commands for all rows.
func (s *Statement) Each(rows [][]any, fixed ...any) []Command { return s.each(rows, fixed...) }

// Padded returns the one command for all rows.
func (s *Statement) Padded(rows [][]any, pad []any, fixed ...any) Command {
	return s.padded(rows, pad, fixed...)
}

// Compile returns the statement that a text describes.
func (d *Dialect) Compile(text string) *Statement { return d.compile(text) }

// Starts simulates claims of one subscription.
type Starts struct{ starts }

// Claim returns where the claim begins, and how many deliveries are missing after one that returns those
// with the due times.
func (s *Starts) Claim(limit int, due ...int64) (start int64, missing int) {
	wants := []outbox.Want{{Subscription: "a", Limit: limit}}
	rows, skipped := s.rows(wants)
	var all []claimed
	for _, at := range due {
		d := claimed{due: at}
		d.Subscription = "a"
		all = append(all, d)
	}
	for _, row := range s.update(wants, all, skipped) {
		missing += row[1].(int)
	}
	return rows[0][2].(int64), missing
}

var (
	IsUUID    = isUUID
	StoredKey = storedKey
	CleanText = cleanText
	EncodeDue = encodeDue
)
