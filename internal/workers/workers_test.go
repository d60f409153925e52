package workers_test

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/workers"
)

func TestQueue(t *testing.T) {
	t.Parallel()

	t.Run("runs items in order, including those that items add", func(t *testing.T) {
		t.Parallel()
		var got []int
		var q *workers.Queue[int]
		q = workers.NewQueue(workers.NewHelpers(0), func(n int) {
			got = append(got, n)
			if n < 10 {
				q.Add(10*n, 10*n+1)
			}
		})
		q.Add(1, 2)
		q.Work()
		assert.Equal(t, []int{1, 2, 10, 11, 20, 21}, got)
	})

	t.Run("uses the helpers that are free, and gives them back", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			helpers := workers.NewHelpers(2)
			for range 2 {
				start := time.Now()
				q := workers.NewQueue(helpers, func(int) { time.Sleep(time.Second) })
				q.Add(1, 2, 3, 4, 5, 6)
				q.Work()
				assert.Equal(t, 2*time.Second, time.Since(start), "six items on three goroutines")
			}
		})
	})

	t.Run("waits for what a helper adds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var got []int
			var q *workers.Queue[int]
			q = workers.NewQueue(workers.NewHelpers(1), func(n int) {
				time.Sleep(time.Duration(n) * time.Second)
				mu.Lock()
				got = append(got, n)
				mu.Unlock()
				if n == 2 {
					q.Add(3)
				}
			})
			q.Add(1, 2)
			q.Work()
			assert.Equal(t, []int{1, 2, 3}, got)
		})
	})

	t.Run("runs the remaining items if one ends the goroutine", func(t *testing.T) {
		t.Parallel()
		for _, n := range []int{0, 3} {
			var ran sync.Map
			q := workers.NewQueue(workers.NewHelpers(n), func(n int) {
				ran.Store(n, true)
				if n == 1 {
					runtime.Goexit()
				}
			})
			q.Add(1, 2, 3)
			returned := false
			var wg sync.WaitGroup
			wg.Go(func() {
				q.Work()
				returned = true
			})
			wg.Wait()
			count := 0
			ran.Range(func(any, any) bool { count++; return true })
			assert.Equal(t, 3, count)
			if n == 0 {
				assert.False(t, returned)
			}
		}
	})
}
