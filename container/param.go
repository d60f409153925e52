package container

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/dig"
)

// param is a parameter of a constructor: a value, a value group, or a dig.In struct of
// further params. It is read after dig has accepted the constructor, so it contains no
// mistakes.
type param struct {
	t        reflect.Type // of the parameter or field itself
	key      key          // what to ask for; for a group, with the type of one member
	optional bool
	soft     bool
	fields   []paramField // of a dig.In struct, in the order in which dig builds them
}

type paramField struct {
	index int
	*param
}

func readParams(ctor reflect.Type) []*param {
	n := ctor.NumIn()
	if ctor.IsVariadic() {
		n-- // dig leaves variadic parameters empty
	}
	params := make([]*param, n)
	for i := range n {
		params[i] = readParam(ctor.In(i), "")
	}
	return params
}

func readParam(t reflect.Type, tag reflect.StructTag) *param {
	if group := tag.Get("group"); group != "" {
		name, options := splitGroup(group)
		return &param{t: t, key: key{t: t.Elem(), group: name}, soft: strings.Contains(options, ",soft,")}
	}
	p := &param{t: t}
	if !dig.IsIn(t) {
		p.key = key{t: t, name: tag.Get("name")}
		p.optional, _ = strconv.ParseBool(tag.Get("optional"))
		return p
	}
	in := reflect.TypeFor[dig.In]()
	var skipUnexported bool
	for f := range t.Fields() {
		if f.Type == in {
			skipUnexported, _ = strconv.ParseBool(f.Tag.Get("ignore-unexported"))
			break
		}
	}
	p.fields = []paramField{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == in || !f.IsExported() && skipUnexported {
			continue
		}
		p.fields = append(p.fields, paramField{index: i, param: readParam(f.Type, f.Tag)})
	}
	slices.SortStableFunc(p.fields, func(a, b paramField) int { return a.softness() - b.softness() })
	return p
}

// softness orders groups: dig builds soft groups last, because the others may add to them.
func (p *param) softness() int {
	if p.soft {
		return 1
	}
	return 0
}

// splitGroup returns the name of a group and its options as ",soft,flatten,".
func splitGroup(tag string) (name, options string) {
	name, options, _ = strings.Cut(tag, ",")
	return name, "," + options + ","
}

func (p *param) isObject() bool { return p.fields != nil }
func (p *param) isGroup() bool  { return p.key.group != "" }

// leaves calls visit for each value and group that the param asks for, in the order in
// which dig builds them.
func (p *param) leaves(visit func(*param)) {
	if !p.isObject() {
		visit(p)
		return
	}
	for _, f := range p.fields {
		f.leaves(visit)
	}
}

func (c *constructor) leaves(visit func(*param)) {
	for _, p := range c.params {
		p.leaves(visit)
	}
}

func (p *param) describe(list []string) []string {
	if !p.isObject() {
		return append(list, describe(p.key, p.t, p.optional))
	}
	declared := slices.SortedFunc(slices.Values(p.fields), func(a, b paramField) int { return a.index - b.index })
	for _, f := range declared {
		list = f.describe(list)
	}
	return list
}

// describe returns the text of a key as dig.Input and dig.Output write it.
func describe(k key, t reflect.Type, optional bool) string {
	var tags []string
	if optional {
		tags = append(tags, "optional")
	}
	if k.name != "" {
		tags = append(tags, fmt.Sprintf("name = %q", k.name))
	}
	if k.group != "" {
		tags = append(tags, fmt.Sprintf("group = %q", k.group))
	}
	if len(tags) == 0 {
		return t.String()
	}
	return fmt.Sprintf("%v[%v]", t, strings.Join(tags, ", "))
}
