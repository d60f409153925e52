package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// TestShutdown shuts a whole application down under load, and starts it again: every order that
// was accepted has one mail, and no other order has one.
func TestShutdown(t *testing.T) {
	t.Parallel()
	for range 10 {
		store, mailing := outboxtest.NewStore(), make(Mailing, 100_000)
		var placed atomic.Int64
		ctx, sigterm := context.WithCancel(t.Context())
		on := func(int) {
			if placed.Add(1) == 200 {
				sigterm()
			}
		}
		shop, err := NewShop(store, mailing, on, func() {})
		require.NoError(t, err)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		ended := make(chan error, 1)
		go func() { ended <- shop.Run(ctx, listener) }()

		var mu sync.Mutex
		accepted := make(map[int]bool)
		accept := func(number int) {
			mu.Lock()
			defer mu.Unlock()
			accepted[number] = true
		}
		var load sync.WaitGroup
		for client := range 4 {
			load.Go(func() { // over HTTP
				transport := &http.Transport{}
				defer transport.CloseIdleConnections()
				for n := client; ; n += 8 {
					url := fmt.Sprintf("http://%s/?number=%d", listener.Addr(), n)
					response, err := (&http.Client{Transport: transport}).Post(url, "", nil)
					if err != nil {
						return // it could not connect, or its connection was closed before the request began
					}
					_ = response.Body.Close()
					assert.Equal(t, http.StatusOK, response.StatusCode)
					accept(n)
				}
			})
			load.Go(func() { // a worker that nobody has told to stop
				for n := client + 4; ; n += 8 {
					err := shop.Mediator.Send(context.WithoutCancel(ctx), PlaceOrder{Number: n})
					if errors.Is(err, cqrs.ErrClosed) {
						return
					}
					assert.NoError(t, err)
					accept(n)
				}
			})
		}
		require.NoError(t, <-ended)
		load.Wait()

		again, err := NewShop(store, mailing, on, func() {})
		require.NoError(t, err)
		require.NoError(t, again.Relay.Drain(t.Context()))
		close(mailing)
		mailed := make(map[int]bool)
		for number := range mailing {
			require.False(t, mailed[number], "two mails for order %d", number)
			mailed[number] = true
		}
		require.Equal(t, accepted, mailed)
	}
}
