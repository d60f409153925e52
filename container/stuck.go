package container

import (
	"errors"
	"slices"

	"go.uber.org/dig"
)

// dig runs a decorator that has failed never again: it hands out the value as it
// was before, or even a nil. So a decorator that may have begun when dig failed
// is stuck, and who needs it from then on gets the error.

// noteStuck notes the decorators that dig may have begun when it failed to build
// what the params ask for. For what is built it has begun none.
func (c *Container) noteStuck(params []*param, err error, isBuilt func(*constructor) bool) {
	if isPanic(err) {
		delete(c.decorated, c.lastDecorated) // it may be the one that panicked
	}
	if err == nil || slices.ContainsFunc(params, c.isLacking) {
		return
	}
	for _, d := range c.reachedDecorators(params, isBuilt) {
		if !c.decorated[d] && c.stuck[d] == nil {
			c.stuck[d] = err
		}
	}
}

// errPanicking stands for a panic that goes on.
var errPanicking = errors.New("container: a constructor panicked")

func isPanic(err error) bool {
	_, caught := err.(*PanicError)
	return caught || err == errPanicking
}

// isLacking reports whether nothing provides what a param asks for: dig looks for
// that before it begins.
func (c *Container) isLacking(p *param) (lacking bool) {
	p.leaves(func(leaf *param) {
		lacking = lacking || !leaf.isGroup() && !leaf.optional && c.values[leaf.key] == nil && !c.probe(leaf.key)
	})
	return lacking
}

// stuckFor returns the error of a stuck decorator that the params lead to.
func (c *Container) stuckFor(params []*param) error {
	if len(c.stuck) == 0 {
		return nil
	}
	for _, d := range c.reachedDecorators(params, nothing) {
		if err := c.stuck[d]; err != nil {
			return stuckError(d, err)
		}
	}
	return nil
}

func nothing(*constructor) bool { return false }

// reachedDecorators returns the decorators in dig that it may meet when it
// builds what the params ask for, leaving out what is below that which is built.
func (c *Container) reachedDecorators(params []*param, isBuilt func(*constructor) bool) []*constructor {
	if len(c.inDig) == 0 {
		return nil
	}
	var found []*constructor
	seen := make(map[*constructor]bool)
	c.reach(params, isBuilt, func(leaf *param) {
		for _, d := range c.decoratorsInDig(leaf.key) {
			if !seen[d] {
				seen[d] = true
				found = append(found, d)
			}
		}
	})
	return found
}

// noteDecorated is an option that notes when a decorator has succeeded. dig
// takes one callback; if the application has its own, that is not known.
func (c *Container) noteDecorated(d *constructor) []dig.DecorateOption {
	note := dig.WithDecoratorCallback(func(info dig.CallbackInfo) {
		if info.Error == nil { // or it panics
			c.decorated[d] = true
			c.lastDecorated = d
		}
	})
	return append([]dig.DecorateOption{note}, d.forDecorate...)
}
