package randomapp_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs"
)

// census counts the cases in which something happened, so that a mistake in drawing
// cases cannot leave the test with nothing to check.
type census map[string]int

const casesForCensus = 1000

func (c census) add(w *world) {
	c["case"]++
	for what := range w.seen {
		c[what]++
	}
	if w.app.concurrency > 1 {
		c["concurrent deliveries"]++
	}
	for _, b := range w.app.all() {
		c[b.target.rule.String()]++
	}
}

// check fails if something hardly ever happened: a few cases prove nothing.
func (c census) check(t *testing.T) {
	if c["case"] < casesForCensus {
		return
	}
	expected := []fmt.Stringer{single, chain, fallback, cqrs.DeliveryDurable}
	for f := failsPlain; f <= nilStream; f++ {
		expected = append(expected, f)
	}
	for a := range actions {
		expected = append(expected, a)
	}
	for s := records; s <= reads; s++ {
		expected = append(expected, s)
	}
	for r := send; r <= run; r++ {
		expected = append(expected, r)
	}
	for _, what := range expected {
		t.Logf("%6d of %d cases: %v", c[what.String()], c["case"], what)
		assert.Greater(t, c[what.String()], c["case"]/500, "%v", what)
	}
}
