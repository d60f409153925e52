package errtext

import (
	"fmt"
	"slices"
	"strings"
)

// ends is the number of items written at each end of a long list; lineEnds is the same for
// a list with one line per item.
const (
	ends     = 3
	lineEnds = 25
)

// List is an argument of a text that consists of other arguments.
type List struct {
	items     []any
	separator string
	last      string // the separator before the last item
	ends      int
	numbered  bool
}

// Join returns a list with a separator, like ", ".
func Join[T any](items []T, separator string) List { return newList(items, separator, separator, ends) }

// Or returns a list like "A, B or C".
func Or[T any](items []T) List { return newList(items, ", ", " or ", ends) }

// And returns a list like "A, B and C".
func And[T any](items []T) List { return newList(items, ", ", " and ", ends) }

// Lines returns a list with one line per item. It may be longer than other lists.
func Lines[T any](items []T) List { return newList(items, "\n", "\n", lineEnds) }

// Numbered returns a list like that of [Lines], with a number before each item. It begins
// with a newline.
func Numbered[T any](items []T) List {
	l := newList(items, "", "", lineEnds)
	l.numbered = true
	return l
}

func newList[T any](items []T, separator, last string, ends int) List {
	l := List{separator: separator, last: last, ends: ends}
	for _, item := range items {
		l.items = append(l.items, item)
	}
	return l
}

// shown returns the items to write.
func (l List) shown() []any {
	if first, last := l.cut(); first < last {
		return slices.Concat(l.items[:first], l.items[last:])
	}
	return l.items
}

// cut returns the range of items that are left out: from first up to, but not including,
// last.
func (l List) cut() (first, last int) {
	if len(l.items) <= 2*l.ends {
		return len(l.items), len(l.items)
	}
	return l.ends, len(l.items) - l.ends
}

func (w *writer) list(l List, within string) string {
	first, last := l.cut()
	var b strings.Builder
	for i, item := range l.items {
		switch {
		case i == first:
			b.WriteString(l.before(i))
			fmt.Fprintf(&b, "(%d more)", last-first)
			continue
		case first < i && i < last:
			continue
		}
		b.WriteString(l.before(i))
		if l.numbered {
			fmt.Fprintf(&b, "%d. ", i+1)
		}
		fmt.Fprint(&b, w.arg(item, within))
	}
	return b.String()
}

// before returns the separator between an item and the one before it.
func (l List) before(i int) string {
	switch {
	case l.numbered:
		return "\n  "
	case i == 0:
		return ""
	case i == len(l.items)-1:
		return l.last
	default:
		return l.separator
	}
}
