package container

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// hints returns possible mistakes that do not prevent the plan from being used: an empty
// value group where a group of the same name has members of a similar type, and a scoped transaction
// that nothing ends.
func (b *compiler) hints() []string { return append(b.emptyGroups(), b.endlessTransactions()...) }

// endlessTransactions returns a hint for each scoped constructor that begins a transaction, as its
// methods show, and returns no Finalizer. One that is made from a transaction need not.
func (b *compiler) endlessTransactions() (all []string) {
	for _, p := range b.sorted {
		if !p.isVisited() || p.ctor == nil || p.ctor.decorates || !b.inRequests(p.ctor) || len(p.ctor.finalizers) > 0 {
			continue
		}
		fromOther := slices.ContainsFunc(p.needs, func(n need) bool { return hasCommit(n.param.key.t) })
		for _, k := range p.ctor.provides() {
			if !fromOther && k.group == "" && hasCommit(k.t) {
				all = append(all, errtext.Write(endlessText(p.ctor, k)))
				break
			}
		}
	}
	return all
}

// hasCommit reports whether a type has methods Commit and Rollback.
func hasCommit(t reflect.Type) bool {
	_, commits := t.MethodByName("Commit")
	_, rollsBack := t.MethodByName("Rollback")
	return commits && rollsBack
}

func (b *compiler) emptyGroups() []string {
	var empty []key
	found := make(map[key]*fault)
	for _, v := range b.visits {
		for i := range v.part.needs {
			n := &v.part.needs[i]
			k := n.param.key
			if !n.param.isGroup() || n.replaced || !b.isEmpty(k) {
				continue
			}
			if found[k] == nil {
				found[k] = &fault{at: v}
				empty = append(empty, k)
			}
			found[k].askers.add(v.part)
		}
	}
	var all []string
	for _, k := range empty {
		if suggestions := b.suggestGroups(k); len(suggestions) > 0 {
			all = append(all, errtext.Write(emptyText(k, found[k].at.trail(), found[k].askers.count-1, suggestions)))
		}
	}
	return all
}

// isEmpty reports whether a value group is known to have no members.
func (b *compiler) isEmpty(k key) bool {
	if len(b.container.groups[k]) > 0 {
		return false
	}
	members := b.got[wish{key: k, t: reflect.SliceOf(k.t)}]
	return b.container.newDig != nil || members.IsValid() && members.Len() == 0
}

// suggestGroups returns the first groups of the same name whose members may have been meant.
func (b *compiler) suggestGroups(k key) []key {
	s := b.suggester()
	var suggestions []key
	for _, other := range s.groups[k.group] {
		if len(suggestions) < maxSuggestions && s.isLike(k.t, other.t) {
			suggestions = append(suggestions, other)
		}
	}
	return suggestions
}
