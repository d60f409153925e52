package container_test

import (
	"fmt"
	"reflect"
	"slices"
)

// Outputs draws the results of one function.
type outputs struct {
	*draft
	f       *drawnFunc
	types   []reflect.Type
	flatten bool // as an option
	taken   map[slot]bool
	order   []slot // the slots taken so far
}

func (o *outputs) take(slots []slot) {
	for _, s := range slots {
		if !o.taken[s] {
			o.taken[s] = true
			o.order = append(o.order, s)
		}
	}
}

// free reports whether another result may have the slots.
func (o *outputs) free(slots []slot) bool {
	return !slices.ContainsFunc(slots, func(s slot) bool {
		st := o.standing(s)
		return st.closed || st.decorated || s.group == "" && (st.provided || o.taken[s])
	})
}

// slotsOf returns the slots that a value of type t is provided as.
func (o *outputs) slotsOf(t reflect.Type, name, group string) []slot {
	var slots []slot
	for _, as := range o.f.as {
		if as != t {
			slots = append(slots, slot{as, name, group})
		}
	}
	if slots == nil {
		slots = []slot{{t, name, group}}
	}
	return slots
}

// result draws a result, which may be a dig.Out struct if no option forbids it.
func (o *outputs) result(depth int) (drawnResult, bool) {
	if o.f.group != "" {
		return o.grouped()
	}
	if depth > 0 && o.f.name == "" && (depth < 2 || o.flip()) {
		r := drawnResult{fields: []drawnResult{}, length: -1}
		for range 1 + o.pick(3) {
			if field, ok := o.field(depth); ok {
				r.fields = append(r.fields, field)
			}
		}
		r.typ = outOf(r.fields)
		return r, len(r.fields) > 0
	}
	return o.value(o.f.name)
}

func (o *outputs) field(depth int) (drawnResult, bool) {
	switch o.pick(4) {
	case 0:
		return o.groupField()
	case 1:
		if depth > 1 {
			return o.result(depth - 1)
		}
	}
	name := one(o.draft, []string{"", "x", "y"})
	r, ok := o.value(name)
	if name != "" {
		r.tag = reflect.StructTag(fmt.Sprintf("name:%q", name))
	}
	return r, ok
}

func (o *outputs) value(name string) (drawnResult, bool) {
	t := one(o.draft, o.types)
	r := drawnResult{slots: o.slotsOf(t, name, ""), typ: t, length: -1, null: o.rarely(4)}
	if !o.free(r.slots) {
		return r, false
	}
	o.take(r.slots)
	return r, true
}

// groupField draws a group field of a dig.Out struct; As does not apply to those.
func (o *outputs) groupField() (drawnResult, bool) {
	t, group := one(o.draft, memberTypes), one(o.draft, []string{"g", "h"})
	r := drawnResult{slots: []slot{{t: t, group: group}}, typ: t, length: -1}
	if !o.free(r.slots) {
		return r, false
	}
	if o.flip() {
		o.flattened(&r)
		group += ",flatten"
	}
	r.tag = reflect.StructTag(fmt.Sprintf("group:%q", group))
	o.take(r.slots)
	return r, true
}

// grouped draws a result of a constructor with the option Group.
func (o *outputs) grouped() (drawnResult, bool) {
	t, group := one(o.draft, o.types), o.f.group[:1]
	r := drawnResult{slots: o.slotsOf(t, "", group), typ: t, length: -1}
	if !o.free(r.slots) {
		return r, false
	}
	if o.flatten {
		o.flattened(&r)
	}
	o.take(r.slots)
	return r, true
}

func (o *outputs) flattened(r *drawnResult) {
	r.typ = reflect.SliceOf(r.typ)
	if r.typ.Elem() == betaType && o.flip() {
		r.typ = batchType
	}
	r.length = o.pick(4)
}

// decorated draws a decorator's result.
func (o *outputs) decorated(s slot) drawnResult {
	o.take([]slot{s})
	r := drawnResult{slots: []slot{s}, typ: s.t, length: -1}
	switch {
	case s.group != "":
		o.flattened(&r)
		r.keep = o.flip()
		r.tag = reflect.StructTag(fmt.Sprintf("group:%q", s.group))
	case s.name != "":
		r.tag = reflect.StructTag(fmt.Sprintf("name:%q", s.name))
	}
	if r.tag != "" || o.flip() {
		fields := []drawnResult{r}
		r = drawnResult{fields: fields, typ: outOf(fields), length: -1}
	}
	return r
}
