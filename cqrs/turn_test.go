package cqrs_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// A call is a call of Enter or Finish on a goroutine of its own.
type call struct{ returned, entered bool }

// calling starts a call of enter, and waits until it returns or blocks.
func calling(enter func() bool) *call {
	c := new(call)
	go func() {
		c.entered = enter()
		c.returned = true
	}()
	synctest.Wait()
	return c
}

// begun returns a turn in which the links up to last have begun.
func begun(t *testing.T, last int32) *cqrs.Turn {
	turn := new(cqrs.Turn)
	for i := range last + 1 {
		require.True(t, turn.TryEnter(i))
	}
	return turn
}

func TestTurn(t *testing.T) {
	t.Parallel()

	t.Run("lets a second call wait until the first has left", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			turn := begun(t, 1)
			assert.True(t, turn.IsTaken(1))
			assert.False(t, turn.TryEnter(1))
			second := calling(func() bool { return turn.Enter(1) })
			assert.False(t, second.returned)
			turn.Leave(1)
			synctest.Wait()
			assert.True(t, second.returned && second.entered)
			turn.Leave(1)
			assert.False(t, turn.IsTaken(1))
			assert.True(t, turn.TryEnter(1))
		})
	})

	t.Run("lets an inner link begin only within the link outside of it", func(t *testing.T) {
		t.Parallel()
		turn := begun(t, 0)
		assert.False(t, turn.TryEnter(2))
		assert.False(t, turn.Enter(2))
		assert.True(t, turn.Enter(1))
		assert.True(t, turn.Enter(2))
	})

	t.Run("rejects a call after its link has finished", func(t *testing.T) {
		t.Parallel()
		turn := begun(t, 1)
		turn.Leave(1)
		turn.Finish(0)
		assert.False(t, turn.TryEnter(1))
		assert.False(t, turn.Enter(1))
		turn.Leave(0)
		assert.False(t, turn.Enter(1))
	})

	t.Run("of a link that begins again is closed to what its first call has left behind", func(t *testing.T) {
		t.Parallel()
		for name, enter := range map[string]func(*cqrs.Turn) bool{
			"at once":       func(turn *cqrs.Turn) bool { return turn.TryEnter(1) },
			"after waiting": func(turn *cqrs.Turn) bool { return turn.Enter(1) },
		} {
			turn := begun(t, 2)
			assert.False(t, turn.IsAgain(), name)
			turn.Leave(2)
			turn.Leave(1)
			assert.True(t, enter(turn), name)
			assert.True(t, turn.IsAgain(), name)
			assert.False(t, turn.TryEnter(2), name)
			assert.False(t, turn.Enter(2), name)
		}
	})

	for name, end := range map[string]func(*cqrs.Turn){
		"Finish": func(turn *cqrs.Turn) { turn.Finish(0) },
		"Leave":  func(turn *cqrs.Turn) { turn.Leave(0) },
	} {
		t.Run(name+" waits for a running call, and rejects further ones meanwhile", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				turn := begun(t, 1)
				waiting := calling(func() bool { return turn.Enter(1) })
				ending := calling(func() bool { end(turn); return true })
				assert.False(t, ending.returned)
				late := calling(func() bool { return turn.Enter(1) })
				assert.True(t, late.returned)
				assert.False(t, late.entered)
				turn.Leave(1)
				synctest.Wait()
				assert.True(t, ending.returned)
				assert.True(t, waiting.returned)
				assert.False(t, waiting.entered)
			})
		})
	}

	t.Run("is taken by one of many goroutines at a time", func(t *testing.T) {
		t.Parallel()
		turn := begun(t, 0)
		running, ran := 0, 0 // without a lock, for the race detector
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if !assert.True(t, turn.Enter(1)) {
					return
				}
				running++
				assert.Equal(t, 1, running)
				ran++
				running--
				turn.Leave(1)
			})
		}
		wg.Wait()
		assert.Equal(t, 50, ran)
	})
}
