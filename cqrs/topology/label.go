package topology

import (
	"slices"
	"strings"
)

// labels are the short names of types, functions and places in a picture. Names that would be equal
// are longer.
type labels map[string]string

// newLabels returns the labels of full names.
func newLabels(names []string) labels {
	l := make(labels)
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	for length := bare; length <= complete; length++ {
		same := make(map[string][]string)
		for _, name := range names {
			label := shorten(name, length)
			same[label] = append(same[label], name)
		}
		var equal []string
		for label, of := range same {
			if len(of) == 1 || length == complete {
				l[of[0]] = label
			} else {
				equal = append(equal, of...)
			}
		}
		names = equal
	}
	return l
}

// of returns the label of a name, which is that name if it is unknown.
func (l labels) of(name string) string {
	if label, ok := l[name]; ok {
		return label
	}
	return shorten(name, bare)
}

// list returns the labels of names, separated by commas.
func (l labels) list(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = l.of(name)
	}
	return strings.Join(all, ", ")
}

// length is how much of a name is left.
type length int

const (
	bare      length = iota // Join
	pointer                 // *Join
	qualified               // *app.Join
	complete                // *example.com/app.Join
)

// shorten shortens each name of a declared type that a name consists of.
func shorten(name string, to length) string {
	if to == complete {
		return name
	}
	if to == bare {
		name = strings.TrimLeft(name, "*")
	}
	const between = "*[](){},; \"`<>"
	var short strings.Builder
	for name != "" {
		end := strings.IndexAny(name, between)
		if end < 0 {
			end = len(name)
		}
		word := name[:end]
		word = word[strings.LastIndexByte(word, '/')+1:]
		if to < qualified {
			word = word[strings.LastIndexByte(word, '.')+1:]
		}
		short.WriteString(word)
		if end < len(name) {
			short.WriteByte(name[end])
			if name[end] == ',' && !strings.HasPrefix(name[end+1:], " ") {
				short.WriteByte(' ')
			}
			end++
		}
		name = name[end:]
	}
	return short.String()
}
