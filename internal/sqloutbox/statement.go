package sqloutbox

import (
	"math/bits"
	"strconv"
	"strings"
	"sync/atomic"
)

// maxRows is how many rows one statement has at most; a power of two.
const maxRows = 128

// Statement is SQL with question marks for its arguments. A part in double brackets is
// repeated for each row, with commas between, or with what follows a bar: [[SELECT ?| UNION ALL ]].
// A row count is always a power of two, so that few texts have to be prepared.
type Statement struct {
	before, row, separator, after string
	numbered                      bool
	texts                         [8]atomic.Pointer[string] // by the logarithm of the number of rows
}

// repeats reports whether the statement takes several rows.
func (s *Statement) repeats() bool { return s.row != "" }

// one returns the statement as a command for one row.
func (s *Statement) one(args ...any) Command { return Command{Text: s.text(1), Args: args} }

// text returns the SQL for n rows.
func (s *Statement) text(n int) string {
	cached := &s.texts[bits.TrailingZeros(uint(n))]
	if text := cached.Load(); text != nil {
		return *text
	}
	text := s.before
	for i := range n {
		if i > 0 {
			text += s.separator
		}
		text += s.row
	}
	text += s.after
	if s.numbered {
		text = number(text)
	}
	cached.Store(&text)
	return text
}

// each returns the commands that run the statement for all rows. The fixed arguments come first.
func (s *Statement) each(rows [][]any, fixed ...any) []Command {
	var commands []Command
	for len(rows) > 0 {
		n := 1
		if s.repeats() {
			n = min(maxRows, 1<<(bits.Len(uint(len(rows)))-1))
		}
		args := make([]any, 0, len(fixed)+n*len(rows[0]))
		args = append(args, fixed...)
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		commands = append(commands, Command{Text: s.text(n), Args: args})
		rows = rows[n:]
	}
	return commands
}

// padded returns the one command for all rows: the last one is repeated, changed by pad.
func (s *Statement) padded(rows [][]any, pad []any, fixed ...any) Command {
	for bits.OnesCount(uint(len(rows))) != 1 {
		rows = append(rows, pad)
	}
	return s.each(rows, fixed...)[0]
}

// number replaces question marks by $1, $2 and so on.
func number(text string) string {
	var numbered strings.Builder
	n := 0
	for part := range strings.SplitSeq(text, "?") {
		if n > 0 {
			numbered.WriteString("$" + strconv.Itoa(n))
		}
		numbered.WriteString(part)
		n++
	}
	return numbered.String()
}
