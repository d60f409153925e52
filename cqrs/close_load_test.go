package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

const closingRounds = 200

// TestMediator_Close_Counts draws calls that end at some time, and when Close gives up, and
// compares its numbers with those that must come out.
func TestMediator_Close_Counts(t *testing.T) {
	t.Parallel()
	for round := range closingRounds {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(round)))
			a := newClosable(t)
			names := []string{"method Send", "method Send, short", "function Send", "function Send, short",
				"Publish", "PublishTo", "Run", "Journal"}
			calls := a.calls(t)
			a.pause = func(ctx context.Context) { time.Sleep(ctx.Value(pauseKey{}).(time.Duration)) }
			begins, limit := 50*time.Millisecond, time.Duration(random.IntN(100))*time.Millisecond
			var want cqrs.CloseError
			refused, failed := atomic.Int64{}, atomic.Int64{}
			wantRefused := int64(0)
			// Calls begin and end at odd microseconds, and Close at even ones.
			for range random.IntN(100) {
				begin := time.Duration(random.IntN(60))*time.Millisecond + time.Microsecond
				took := time.Duration(random.IntN(100)) * time.Millisecond
				switch {
				case begin > begins:
					wantRefused++
				case begin+took < begins:
				case begin+took < begins+limit:
					want.Finished++
				default:
					want.Abandoned++
				}
				call := calls[names[random.IntN(len(names))]]
				go func() {
					time.Sleep(begin)
					switch err := call(context.WithValue(t.Context(), pauseKey{}, took)); {
					case errors.Is(err, cqrs.ErrClosed):
						refused.Add(1)
					case err != nil:
						failed.Add(1)
					}
				}()
			}
			time.Sleep(begins)
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			err := a.m.Close(ctx)
			if want.Abandoned == 0 {
				require.NoError(t, err)
			} else {
				want.Err = context.DeadlineExceeded
				require.Equal(t, &want, err)
			}
			require.Equal(t, [2]int{want.Finished, want.Abandoned}, [2]int{a.finished, a.left})
			require.NoError(t, a.m.Close(t.Context()))
			time.Sleep(time.Second)
			require.Equal(t, wantRefused, refused.Load())
			require.Zero(t, failed.Load())
		})
	}
}

// TestMediator_Close_Load closes mediators while many goroutines send as fast as they can.
func TestMediator_Close_Load(t *testing.T) {
	t.Parallel()
	a := newApp(t).withTx()
	var begun, ended atomic.Int64
	work := func() { begun.Add(1); runtime.Gosched(); ended.Add(1) }
	command(a, func(context.Context, *self[nothing], Join) error { work(); return nil })
	command(a, func(ctx context.Context, h *self[txAndSender], c Leave) error {
		h.Record(Left{N: c.N})
		return h.need.Sender.Send(ctx, Close{})
	})
	command(a, func(context.Context, *self[*tx], Close) error { return nil })
	on[first](a, func(context.Context, *self[nothing], Left) error { work(); return nil }, cqrs.AfterScope())
	stream(a, func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) { work(); yield(1, nil) }
	})
	for range closingRounds {
		begun.Store(0)
		ended.Store(0)
		finished, abandoned := -1, -1
		m := a.start(bootstrap.WithObserver(cqrs.Observer{Closed: func(_ context.Context, f, a int) { finished, abandoned = f, a }}))
		send := []func() error{
			func() error { return m.Send(t.Context(), Join{}) },
			func() error { return m.Send(t.Context(), Leave{}) },
			func() error { _, err := cqrs.Send(t.Context(), m, Join{}); return err },
			func() error {
				for _, err := range cqrs.Stream(t.Context(), m, Export{}) {
					if err != nil {
						return err
					}
				}
				return nil
			},
		}
		var accepted atomic.Int64
		var senders sync.WaitGroup
		for i := range 16 {
			senders.Go(func() {
				for n := i; ; n++ {
					err := send[n%len(send)]()
					if errors.Is(err, cqrs.ErrClosed) {
						return
					}
					assert.NoError(t, err)
					accepted.Add(1)
				}
			})
		}
		for accepted.Load() < 100 {
			runtime.Gosched()
		}
		before := accepted.Load()
		require.NoError(t, m.Close(t.Context()))
		atClose := ended.Load()
		require.Equal(t, begun.Load(), atClose, "a request was running when Close had returned")
		senders.Wait()
		require.Equal(t, atClose, ended.Load(), "a request ran after Close had returned")
		require.Equal(t, accepted.Load(), atClose, "a request was lost")
		require.Zero(t, abandoned)
		require.GreaterOrEqual(t, finished, 0)
		require.LessOrEqual(t, int64(finished), accepted.Load()-before, "a request was counted twice")
	}
}
