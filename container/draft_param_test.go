package container_test

import "reflect"

// params draws up to three parameters; depth is that of dig.In structs.
func (d *draft) params(f *drawnFunc, depth int) []drawnParam {
	var all []drawnParam
	for range d.pick(4) {
		if depth > 0 && d.flip() {
			p := drawnParam{fields: []drawnParam{}}
			for range 1 + d.pick(3) {
				if depth > 1 && d.pick(5) == 0 {
					nested := drawnParam{fields: append([]drawnParam{}, d.fields(f, 2)...)}
					nested.typ = inOf(nested.fields)
					p.fields = append(p.fields, nested)
				} else {
					p.fields = append(p.fields, d.fields(f, 1)...)
				}
			}
			p.typ = inOf(p.fields)
			all = append(all, p)
		} else if s, ok := d.target(f, false); ok && s.name == "" && s.group == "" {
			all = append(all, drawnParam{slot: s, typ: s.t})
		}
	}
	return all
}

// fields draws fields of a dig.In struct.
func (d *draft) fields(f *drawnFunc, n int) []drawnParam {
	var all []drawnParam
	for range n {
		optional := d.optionals && d.pick(3) == 0
		s, ok := d.target(f, optional)
		if !ok {
			continue
		}
		p := drawnParam{slot: s, typ: s.t, optional: optional && s.group == ""}
		if s.group != "" {
			p.typ = reflect.SliceOf(s.t)
			if s.t == betaType && d.flip() {
				p.typ = batchType
			}
			p.soft = d.pick(3) == 0
		}
		all = append(all, p)
	}
	return all
}

// target draws a value to ask for. In most cases something provides it.
func (d *draft) target(f *drawnFunc, optional bool) (slot, bool) {
	s := slot{t: one(d, valueTypes), name: one(d, []string{"", "x", "y"})}
	switch {
	case optional && d.flip() || d.rarely(5):
		if d.pick(4) == 0 {
			s = slot{t: one(d, memberTypes), group: one(d, []string{"g", "h"})}
		}
	case len(d.slots) == 0:
		return slot{}, false
	default:
		s = one(d, d.slots)
	}
	st := d.standing(s)
	missing := !st.provided && s.group == ""
	return s, !(f.decorates && d.optionals && !optional && (missing || st.lacks))
}

// ask returns a param for the value that a decorator decorates.
func (d *draft) ask(s slot) drawnParam {
	p := drawnParam{slot: s, typ: s.t}
	if s.group != "" {
		p.typ = reflect.SliceOf(s.t)
		p.soft = d.rarely(3)
	}
	if s.name != "" || s.group != "" || d.flip() {
		fields := []drawnParam{p}
		p = drawnParam{typ: inOf(fields), fields: fields}
	}
	return p
}
