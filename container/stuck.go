package container

import (
	"errors"
	"slices"

	"go.uber.org/dig"
)

// dig never reruns a decorator that has failed: it returns the undecorated value, or
// even nil. So a decorator that may have started when dig failed is stuck, and everything
// that needs it from then on gets the error.

// noteStuck records the decorators that dig may have started when it failed to build the
// params. It has started none for values that are already built.
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

// errPanicking represents a panic that is not recovered here.
var errPanicking = errors.New("container: a constructor panicked")

func isPanic(err error) bool {
	_, caught := err.(*PanicError)
	return caught || err == errPanicking
}

// isLacking reports whether nothing provides a param; dig checks this before it begins.
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

// reachedDecorators returns the decorators in dig that may run when it builds the params,
// except for those of dependencies of values that are already built.
func (c *Container) reachedDecorators(params []*param, isBuilt func(*constructor) bool) []*constructor {
	if len(c.decorators) == 0 {
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

// noteDecorated returns an option that records when a decorator has succeeded. dig accepts
// only one callback; if the application has set its own, the success is not recorded.
func (c *Container) noteDecorated(d *constructor) []dig.DecorateOption {
	note := dig.WithDecoratorCallback(func(info dig.CallbackInfo) {
		if info.Error == nil { // also nil if the decorator panics
			c.decorated[d] = true
			c.lastDecorated = d
		}
	})
	return append([]dig.DecorateOption{note}, d.forDecorate...)
}
