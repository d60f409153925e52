package topology

import (
	"slices"
	"strings"

	"github.com/digcqrs/digcqrs/internal/similar"
)

// find returns the full name of the message that has a name, or whose name ends with it.
func (a Application) find(name string) (string, error) {
	var all []string
	for _, r := range a.Requests {
		all = append(all, r.Message)
	}
	for _, e := range a.Events {
		if !e.Interface {
			all = append(all, e.Message)
		}
	}
	if slices.Contains(all, name) {
		return name, nil
	}
	var found, alike []string
	for _, full := range all {
		switch {
		case name != "" && (strings.HasSuffix(full, "."+name) || strings.HasSuffix(full, "/"+name)):
			found = append(found, full)
		case similar.Names(shorten(name, bare), shorten(full, bare)):
			alike = append(alike, full)
		}
	}
	switch len(found) {
	case 0:
		return "", unknownError(name, alike)
	case 1:
		return found[0], nil
	default:
		return "", ambiguousError(name, found)
	}
}
