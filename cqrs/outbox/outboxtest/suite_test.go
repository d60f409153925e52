package outboxtest_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for _, d := range outboxtest.Defects() {
		t.Run("finds that "+d.Name, func(t *testing.T) {
			t.Parallel()
			failure := outboxtest.CaseFailure(t, d.CaughtBy, d.Open)
			assert.Contains(t, failure, "The store must pass this: "+d.CaughtBy+".\n")
		})
	}
	t.Run("passes a store that keeps marks", func(t *testing.T) {
		t.Parallel()
		passes(t, outboxtest.Marked)
	})
	t.Run("passes a store whose transactions write side by side", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, outboxtest.CaseFailure(t,
			"a transaction that commits late is delivered, although later ones were claimed before", outboxtest.LateCommits))
	})
}

func passes(t *testing.T, open func() outboxtest.Database) {
	for _, name := range outboxtest.CaseNames() {
		assert.Empty(t, outboxtest.CaseFailure(t, name, open), name)
	}
}

func TestRun_names(t *testing.T) {
	t.Parallel()
	names := outboxtest.CaseNames()
	slices.Sort(names)
	assert.Equal(t, slices.Compact(slices.Clone(names)), names, "each case has a name of its own")
}

func TestRunRandom(t *testing.T) {
	t.Parallel()
	// What depends on contents, on what runs at the same time, or on a state that no operation leads to,
	// is left to Run.
	left := []string{
		"a failed Write leaves a part", "a completion checks the token only", "a payload ends at 64 KB",
		"a time loses its zone", "the journal ignores its context", "a claim ignores its context",
		"keys are compared without case", "an empty key has no order", "Requeue refuses an ID that is there twice",
		"a requeued dead letter overtakes one whose lease has expired", "Repair does nothing", "Purge ignores the age",
		"a claim does not wait for a completion",
	}
	for _, d := range outboxtest.Defects() {
		if slices.Contains(left, d.Name) {
			continue
		}
		t.Run("finds that "+d.Name, func(t *testing.T) {
			t.Parallel()
			failure := ""
			for seed := uint64(0); seed < 200 && failure == ""; seed++ {
				failure = outboxtest.RandomFailure(t, d.Open, seed)
			}
			assert.Contains(t, failure, "Call outboxtest.RunSeed with the seed ")
		})
	}
}
