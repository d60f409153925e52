package topology

import (
	"maps"
	"slices"
	"strings"
)

// match calls compare with the old and the new elements of each key, in the order of the keys. One of them
// is nil if there is none.
func match[T any](before, after []T, key func(T) string, compare func(old, new *T)) {
	pairs := make(map[string]*[2]*T)
	for side, all := range [][]T{before, after} {
		for i := range all {
			k := key(all[i])
			if pairs[k] == nil {
				pairs[k] = new([2]*T)
			}
			pairs[k][side] = &all[i]
		}
	}
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		compare(pairs[k][0], pairs[k][1])
	}
}

// pairs calls compare with the elements of two lists that have the same key: the nth old one with the nth
// new one of that key. It skips those without a counterpart.
func pairs[T any](before, after []T, key func(T) string, compare func(old, new T)) {
	was := make(map[string][]T)
	for _, e := range before {
		was[key(e)] = append(was[key(e)], e)
	}
	for _, e := range after {
		if k := key(e); len(was[k]) > 0 {
			compare(was[k][0], e)
			was[k] = was[k][1:]
		}
	}
}

// lists returns what is only in the old list, what is only in the new one, and whether what is in both
// comes in another order.
func lists(old, new []string) (gone, added []string, reordered bool) {
	gone, common := without(old, new)
	added, commonNew := without(new, old)
	return gone, added, !slices.Equal(common, commonNew)
}

// without returns the elements of all that are not in others, and those that are.
func without(all, others []string) (rest, common []string) {
	others = slices.Clone(others)
	for _, s := range all {
		if i := slices.Index(others, s); i >= 0 {
			others = slices.Delete(others, i, i+1)
			common = append(common, s)
		} else {
			rest = append(rest, s)
		}
	}
	return rest, common
}

// list returns names as in "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// withoutNumber returns the name of a function without the number of a function literal, which changes when
// another one is added before it.
func withoutNumber(name string) string {
	at := strings.LastIndex(name, ".func")
	if at < 0 || strings.Trim(name[at+len(".func"):], "0123456789.") != "" {
		return name
	}
	return name[:at+len(".func")]
}
