package container

import (
	"context"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Compile returns the plan by which requests build the given roots: the handlers, and
// anything else that the container must provide while requests are served. known are types
// whose values each request supplies, in addition to context.Context, and types with advice
// for errors. Compile has dig build the singletons that the roots need.
//
// Compile reports everything that is wrong in one error, which joins an [*Error] for each
// fault: what Provide has refused since the last Compile, roots without a constructor, missing dependencies,
// cycles, captive dependencies, and constructors of singletons that fail. The plan then
// only says which roots are singletons; it is nil if the container is nil. Compile may be
// called again; plans share their singletons and nothing else.
//
// Compile is for bootstrap.New, which applications call instead.
func (c *Container) Compile(roots []wiring.Root, known ...wiring.Known) (*wiring.Plan, error) {
	return c.planFor(roots, known, true)
}

// Describe is like [Container.Compile] but builds nothing, so that it does not find what only
// building shows, and the plan can only be described. What it determines about defaults and
// replacements is not final.
//
// Describe is for bootstrap.Describe, which applications call instead.
func (c *Container) Describe(roots []wiring.Root, known ...wiring.Known) (*wiring.Plan, error) {
	return c.planFor(roots, known, false)
}

func (c *Container) planFor(roots []wiring.Root, known []wiring.Known, builds bool) (*wiring.Plan, error) {
	if c == nil || c.dig == nil {
		return nil, nilContainerError()
	}
	if c.isDryRun() {
		return nil, dryRunError()
	}
	p, problems := c.compile(roots, known, builds)
	return p.exported(), errtext.Errors(problems...)
}

// isDryRun reports whether dig only pretends to call functions.
func (c *Container) isDryRun() bool {
	called := false
	err := c.dig.Invoke(func() { called = true })
	return err == nil && !called
}

// compiler compiles one plan.
type compiler struct {
	container    *Container
	builds       bool // dig is to build what the plan needs
	plan         *plan
	supplied     []reflect.Type        // without duplicates
	local        map[*constructor]bool // constructors that requests run although they are not scoped
	scopedGroups map[key]bool
	overlays     map[key][]*constructor // decorators that requests run, innermost first
	parts        map[*constructor]*part
	keyParts     map[key]*part
	unread       []*part // parts whose needs are not known yet
	sorted       []*part // what the roots need, dependencies first
	visits       []*visit
	raw          map[key]bool
	making       map[key]error          // what is being made from the roots
	got          map[wish]reflect.Value // values that dig built; invalid if the build failed
	suggestions  *suggester
	members      map[softly][]member // the members of value groups
	objects      []*source           // in the order in which they can be built
	wanted       []*wanted
	rejected     []rejection // by dig, of defaults and replacements
	undecided    bool        // it is not known what to build
	problems     []error
}

func (c *Container) compile(roots []wiring.Root, known []wiring.Known, builds bool) (*plan, []error) {
	b := &compiler{
		container:    c,
		builds:       builds,
		plan:         &plan{built: builds},
		local:        make(map[*constructor]bool),
		scopedGroups: make(map[key]bool),
		overlays:     make(map[key][]*constructor),
		parts:        make(map[*constructor]*part),
		keyParts:     make(map[key]*part),
		raw:          make(map[key]bool),
		making:       make(map[key]error),
		got:          make(map[wish]reflect.Value),
		members:      make(map[softly][]member),
		problems:     slices.Clip(c.refused),
	}
	if builds {
		c.refused = nil
	}
	b.substitute()
	for _, k := range append([]wiring.Known{wiring.Supplied[context.Context]()}, known...) {
		if k.Supplied && !slices.Contains(b.supplied, k.Type) {
			b.supplied = append(b.supplied, k.Type)
		}
		if k.Making != nil {
			b.making[key{t: k.Type}] = k.Making
		}
		if k.Advice != "" {
			c.advice[k.Type] = k.Advice
		}
	}
	providers := b.bind(roots)
	b.sortDecorators()
	b.check(roots, providers)
	b.makeNodes()
	for i, p := range providers {
		b.plan.roots = append(b.plan.roots, b.compileRoot(roots[i], p))
	}
	if builds {
		b.fetchWanted()
		b.refuseTransactions()
	} else if !b.undecided {
		b.cycleInDig()
	}
	b.plan.hints = b.hints()
	b.plan.blueprint = b.blueprint(providers)
	b.freeze()
	return b.plan, b.problems
}

// substitute determines what the defaults and replacements of the container do. If that fails,
// nothing is built, because it might be what a replacement is for.
func (b *compiler) substitute() {
	errs, rejected := b.container.substitute()
	b.rejected = rejected
	errs = append(errs, b.idleReplacements()...)
	b.problems = append(b.problems, errs...)
	b.undecided = len(errs)+len(rejected) > 0
	if !b.undecided && b.builds {
		b.container.substitutes.started = true
	}
}

func (b *compiler) report(err error) { b.problems = append(b.problems, err) }

// inRequests reports whether requests run a constructor.
func (b *compiler) inRequests(c *constructor) bool {
	return c != nil && (c.life == scoped || b.local[c])
}

// isScoped reports whether a value, or any member of a group, belongs to a request.
func (b *compiler) isScoped(k key) bool {
	if k.group == "" {
		return b.isSupplied(k) || b.inRequests(b.container.values[k])
	}
	is, known := b.scopedGroups[k]
	if !known {
		is = slices.ContainsFunc(b.container.groups[k], b.inRequests)
		b.scopedGroups[k] = is
	}
	return is
}

func (b *compiler) isSupplied(k key) bool { return k.name == "" && slices.Contains(b.supplied, k.t) }

// inRawDig reports whether dig has a value that was provided to it directly.
func (b *compiler) inRawDig(k key) bool {
	found, known := b.raw[k]
	if !known {
		found = b.container.probe(k)
		b.raw[k] = found
	}
	return found
}

// sortDecorators passes to dig the decorators that dig can run, and keeps the others as
// overlays: first those that run in requests because of a scoped value, then those that
// are marked Scoped.
func (b *compiler) sortDecorators() {
	if err := b.container.giveDecorators(b.isScoped); err != nil {
		b.report(err)
	}
	for _, d := range b.container.decorators {
		if !d.runsInRequests(b.isScoped) {
			continue
		}
		b.local[d] = true
		if len(d.unsupported) > 0 {
			b.report(unsupportedDecoratorOptionError(d))
			continue
		}
		for i := range d.results {
			k := d.results[i].decorated()
			switch {
			case b.container.inDig[d] && (k.group != "" || !b.isScoped(k)):
				b.report(lateDecoratorError(d, k))
			case b.local[b.container.values[k]]:
				b.report(handlerDecoratorError(d, k))
			case d.life == scoped:
				b.overlays[k] = append(b.overlays[k], d)
			default:
				b.overlays[k] = slices.Insert(b.overlays[k], 0, d)
			}
		}
	}
}

// freeze completes the plan after the singletons have been built.
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
	for _, p := range b.sorted {
		n := p.node
		if n == nil || n.missing != nil {
			continue
		}
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
	for i := range b.plan.roots {
		if r := &b.plan.roots[i]; r.isShared() {
			r.shared = r.from.value.Interface()
		}
	}
}
