package container

import (
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// adviceFor returns what to do if a key is missing, if that is known.
func (c *Container) adviceFor(k key) string {
	if k.name != "" || k.group != "" {
		return ""
	}
	return c.advice[k.t]
}

// fix says how to provide a missing key.
func (b *compiler) fix(k key) text {
	if advice := b.container.adviceFor(k); advice != "" {
		return errtext.Part("%s", advice)
	}
	return didYouMean(b.suggest(k), "provide a constructor for it")
}

// advise adds advice to an error of dig about params for which something is missing.
func (c *Container) advise(params []*param, err error) error {
	if len(c.advice) == 0 || err == nil {
		return err
	}
	if _, isDigs := safe.As[dig.Error](err); !isDigs {
		return err
	}
	advice := ""
	c.reach(params, nothing, func(leaf *param) {
		if a := c.adviceFor(leaf.key); a != "" && advice == "" && c.isLacking(leaf) {
			advice = a
		}
	})
	if advice == "" {
		return err
	}
	return newError(ErrMissing, err, "%v; %s", err, advice)
}
