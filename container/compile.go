package container

import (
	"errors"
	"reflect"
	"slices"
)

// Compile makes the plan by which requests build the given roots: handlers, and
// what else is needed of the container while requests are served. supplied are
// the types, beside context.Context, whose values each request has of its own; a
// [Supplier] gives them. Singletons that the roots need are built now, by dig.
//
// It reports everything that is wrong in one error, which joins an [*Error]
// for each fault: what Provide refused, roots without a constructor, missing
// dependencies, cycles, singletons that need scoped values, constructors of
// singletons that fail. Compile may be called again; plans do not depend on
// each other but share their singletons.
func (c *Container) Compile(roots []Root, supplied ...reflect.Type) (*Plan, error) {
	if c == nil || c.dig == nil {
		return nil, nilContainerError()
	}
	if c.isDryRun() {
		return nil, dryRunError()
	}
	plan, problems := c.compile(roots, supplied)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return plan, nil
}

// isDryRun tells whether dig only pretends to call functions.
func (c *Container) isDryRun() bool {
	called := false
	err := c.dig.Invoke(func() { called = true })
	return err == nil && !called
}

// A compiler makes one plan.
type compiler struct {
	*Container
	plan     *Plan
	supplied map[reflect.Type]bool
	bound    map[*constructor]bool // constructors of handlers, and what stands for one
	overlays map[key][]*constructor
	nodes    map[*constructor]*node
	objects  []*source // in the order in which they can be completed
	wanted   []*wanted
	checker  checker
	problems []error
}

// A wanted is a source whose value dig has to build.
type wanted struct {
	*source
	key key
}

func (c *Container) compile(roots []Root, supplied []reflect.Type) (*Plan, []error) {
	b := &compiler{
		Container: c,
		plan:      &Plan{},
		supplied:  map[reflect.Type]bool{contextType: true},
		bound:     make(map[*constructor]bool),
		overlays:  make(map[key][]*constructor),
		nodes:     make(map[*constructor]*node),
		problems:  slices.Clone(c.refused),
	}
	for _, t := range supplied {
		b.supplied[t] = true
	}
	b.checker = newChecker(b)
	providers := b.bind(roots)
	b.sortDecorators()
	b.check(roots, providers)
	for i, p := range providers {
		b.plan.handlers = append(b.plan.handlers, b.root(roots[i], p))
	}
	b.fetchWanted()
	b.freeze()
	return b.plan, b.problems
}

func (b *compiler) report(err error) { b.problems = append(b.problems, err) }

// inRequests tells whether requests run a constructor.
func (b *compiler) inRequests(p *constructor) bool {
	return p != nil && (p.life == scoped || b.bound[p])
}

// isScoped tells whether a value, or any member of a group, is of a request.
func (b *compiler) isScoped(k key) bool {
	if k.group == "" {
		return b.isSupplied(k) || b.inRequests(b.values[k])
	}
	return slices.ContainsFunc(b.groups[k], b.inRequests)
}

func (b *compiler) isSupplied(k key) bool { return k.name == "" && b.supplied[k.t] }

// sortDecorators gives to dig the decorators that are its, and keeps the others
// as overlays: first those that scoped values brought here, then those that
// say Scoped.
func (b *compiler) sortDecorators() {
	if err := b.giveDecorators(b.isScoped); err != nil {
		b.report(err)
	}
	for _, d := range b.decorators {
		if !d.runsInRequests(b.isScoped) {
			continue
		}
		if len(d.alien) > 0 {
			b.report(alienDecoratorError(d))
			continue
		}
		for i := range d.results {
			k := d.results[i].decorated()
			switch {
			case b.inDig[d] && (k.group != "" || !b.isScoped(k)):
				b.report(lateDecoratorError(d, k))
			case b.bound[b.values[k]]:
				b.report(handlerDecoratorError(d, k))
			case d.life == scoped:
				b.overlays[k] = append(b.overlays[k], d)
			default:
				b.overlays[k] = slices.Insert(b.overlays[k], 0, d)
			}
		}
	}
}

// node returns the node of a constructor that requests run.
func (b *compiler) node(p *constructor) *node {
	if n := b.nodes[p]; n != nil {
		return n
	}
	n := &node{ctor: p, state: untracked}
	b.nodes[p] = n
	for _, param := range p.params {
		n.args = append(n.args, b.source(param))
	}
	for _, arg := range n.args {
		if n.missing == nil {
			n.missing = arg.lacking()
		}
	}
	return n
}

// dependency returns the node of a constructor whose results are kept in the scope.
func (b *compiler) dependency(p *constructor) *node {
	n := b.node(p)
	if n.state == untracked {
		n.state = b.plan.tracked
		n.cell = b.plan.cells
		b.plan.tracked++
		b.plan.cells += len(p.results)
	}
	return n
}

// lacking returns the error of a source that has no provider. Like dig it
// looks into dig.In structs, but not at what a provider lacks in turn.
func (s *source) lacking() error {
	if s.kind == fromNowhere {
		return s.err
	}
	for _, f := range s.fields {
		if err := f.lacking(); err != nil {
			return err
		}
	}
	return nil
}

func (b *compiler) source(p *param) *source {
	src := &source{t: p.t, optional: p.optional, soft: p.soft}
	switch {
	case p.isObject():
		b.object(src, p)
		return src
	case p.isGroup():
		b.group(src, p.key)
	default:
		b.value(src, p.key)
	}
	for _, d := range b.overlays[p.key] {
		n := b.dependency(d)
		for i := range d.results {
			if d.results[i].decorated() == p.key {
				src.overlays = append(src.overlays, overlay{n, n.cell + i})
			}
		}
	}
	return src
}

func (b *compiler) object(src *source, p *param) {
	src.kind = fromObject
	var soft []sourceField
	for _, f := range p.fields {
		field := sourceField{f.index, b.source(f.param)}
		if f.soft { // after the others, which may add to the group
			soft = append(soft, field)
		} else {
			src.fields = append(src.fields, field)
		}
	}
	src.fields = append(src.fields, soft...)
	b.objects = append(b.objects, src)
}

func (b *compiler) value(src *source, k key) {
	p := b.values[k]
	switch {
	case b.isSupplied(k):
		src.kind = fromRequest
	case b.inRequests(p):
		src.kind = fromNode
		src.node = b.dependency(p)
		for i := range p.results {
			if slices.Contains(p.results[i].keys, k) {
				src.cell = src.node.cell + i
			}
		}
	case p != nil || b.checker.inRawDig(k):
		b.want(src, k)
	case src.optional && len(b.decoratorsInDig(k)) > 0: // dig decorates it although nothing provides it
		b.want(src, k)
	case src.optional:
		src.value = reflect.Zero(src.t)
	default:
		src.kind = fromNowhere
		src.err = missingError(k, nil, nil, nil)
	}
}

func (b *compiler) group(src *source, k key) {
	src.kind = fromGroup
	b.want(src, k)
	for _, p := range b.groups[k] {
		if !b.inRequests(p) {
			continue
		}
		n := b.dependency(p)
		for i, r := range p.results {
			for _, as := range r.keys { // As may name a type twice, for two members
				if as == k {
					src.members = append(src.members, member{n, n.cell + i, r.flatten})
				}
			}
		}
	}
}

// freeze completes the plan once the singletons are there.
func (b *compiler) freeze() {
	for _, src := range b.objects {
		src.value = reflect.New(src.t).Elem()
		var changing []sourceField
		for _, f := range src.fields {
			if f.isConstant() && f.value.IsValid() {
				src.value.Field(f.index).Set(f.value)
			} else {
				changing = append(changing, f)
			}
		}
		src.fields = changing
		if len(changing) == 0 {
			src.kind = fromConstant
		}
	}
	for _, n := range b.nodes {
		fixed := []reflect.Value{}
		for _, arg := range n.args {
			if arg.isConstant() && arg.value.IsValid() {
				fixed = append(fixed, arg.value)
			}
		}
		if len(fixed) == len(n.args) {
			n.fixed = fixed
			if n.ctor.caller != nil {
				n.prepared = n.prepare(func(err error) error { return buildError(n.ctor, err) })
			}
		}
	}
	for i := range b.plan.handlers {
		if h := &b.plan.handlers[i]; h.isShared() {
			h.shared = h.from.value.Interface()
		}
	}
}
