package turn_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/turn"
)

// call is a call of Enter or Finish on a goroutine of its own.
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
func begun(t *testing.T, last int32) *turn.Turn {
	links := new(turn.Turn)
	for i := range last + 1 {
		require.True(t, links.TryEnter(i))
	}
	return links
}

func TestTurn(t *testing.T) {
	t.Parallel()

	t.Run("lets a second call wait until the first has left", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			links := begun(t, 1)
			assert.True(t, links.IsTaken(1))
			assert.False(t, links.TryEnter(1))
			second := calling(func() bool { return links.Enter(1) })
			assert.False(t, second.returned)
			links.Leave(1)
			synctest.Wait()
			assert.True(t, second.returned && second.entered)
			links.Leave(1)
			assert.False(t, links.IsTaken(1))
			assert.True(t, links.TryEnter(1))
		})
	})

	t.Run("lets an inner link begin only within the link outside of it", func(t *testing.T) {
		t.Parallel()
		links := begun(t, 0)
		assert.False(t, links.TryEnter(2))
		assert.False(t, links.Enter(2))
		assert.True(t, links.Enter(1))
		assert.True(t, links.Enter(2))
	})

	t.Run("rejects a call after its link has finished", func(t *testing.T) {
		t.Parallel()
		links := begun(t, 1)
		links.Leave(1)
		links.Finish(0)
		assert.False(t, links.TryEnter(1))
		assert.False(t, links.Enter(1))
		links.Leave(0)
		assert.False(t, links.Enter(1))
	})

	t.Run("of a link that begins again is closed to what its first call has left behind", func(t *testing.T) {
		t.Parallel()
		for name, enter := range map[string]func(*turn.Turn) bool{
			"at once":       func(links *turn.Turn) bool { return links.TryEnter(1) },
			"after waiting": func(links *turn.Turn) bool { return links.Enter(1) },
		} {
			links := begun(t, 2)
			assert.False(t, links.IsAgain(), name)
			links.Leave(2)
			links.Leave(1)
			assert.True(t, enter(links), name)
			assert.True(t, links.IsAgain(), name)
			assert.False(t, links.TryEnter(2), name)
			assert.False(t, links.Enter(2), name)
		}
	})

	for name, end := range map[string]func(*turn.Turn){
		"Finish": func(links *turn.Turn) { links.Finish(0) },
		"Leave":  func(links *turn.Turn) { links.Leave(0) },
	} {
		t.Run(name+" waits for a running call, and rejects further ones meanwhile", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				links := begun(t, 1)
				waiting := calling(func() bool { return links.Enter(1) })
				ending := calling(func() bool { end(links); return true })
				assert.False(t, ending.returned)
				late := calling(func() bool { return links.Enter(1) })
				assert.True(t, late.returned)
				assert.False(t, late.entered)
				links.Leave(1)
				synctest.Wait()
				assert.True(t, ending.returned)
				assert.True(t, waiting.returned)
				assert.False(t, waiting.entered)
			})
		})
	}

	t.Run("is taken by one of many goroutines at a time", func(t *testing.T) {
		t.Parallel()
		links := begun(t, 0)
		running, ran := 0, 0 // without a lock, for the race detector
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if !assert.True(t, links.Enter(1)) {
					return
				}
				running++
				assert.Equal(t, 1, running)
				ran++
				running--
				links.Leave(1)
			})
		}
		wg.Wait()
		assert.Equal(t, 50, ran)
	})
}
