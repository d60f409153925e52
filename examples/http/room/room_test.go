package room_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/examples/http/room"
)

// newRoom returns a container with the application.
func newRoom(t *testing.T) *container.Container {
	t.Helper()
	c := container.New()
	require.NoError(t, room.Provide(c, zaptest.NewLogger(t)))
	return c
}

func TestAPI_Join(t *testing.T) {
	t.Parallel()
	require.NoError(t, newRoom(t).Invoke(func(api *room.API) {
		for _, request := range []struct {
			body   string
			status int
			answer string
		}{
			{`{"user":"Ann"}`, http.StatusOK, `1`},
			{`{"user":`, http.StatusBadRequest, `{"error":"the body is not valid JSON"}`},
			{`{"user":""}`, http.StatusUnprocessableEntity, `{"error":"invalid","fields":{"user":"must not be empty"}}`},
			{`{"user":"Bob"}`, http.StatusOK, `2`},
			{`{"user":"Cid"}`, http.StatusConflict, `{"error":"Conflict"}`},
		} {
			response := httptest.NewRecorder()
			api.ServeHTTP(response, httptest.NewRequest(http.MethodPost, "/users", strings.NewReader(request.body)))
			assert.Equal(t, request.status, response.Code, request.body)
			assert.JSONEq(t, request.answer, response.Body.String(), request.body)
		}
	}))
}

func TestAPI_ReadSeat(t *testing.T) {
	t.Parallel()
	require.NoError(t, newRoom(t).Invoke(func(api *room.API, m *cqrs.Mediator) {
		_, err := cqrs.Send(t.Context(), m, room.Join{User: "Ann"})
		require.NoError(t, err)
		for _, request := range []struct {
			path   string
			status int
			answer string
		}{
			{"/seats/1", http.StatusOK, `"Ann"`},
			{"/seats/2", http.StatusNotFound, `{"error":"Not Found"}`},
			{"/seats/one", http.StatusBadRequest, `{"error":"the seat is not a number"}`},
		} {
			response := httptest.NewRecorder()
			api.ServeHTTP(response, httptest.NewRequest(http.MethodGet, request.path, nil))
			assert.Equal(t, request.status, response.Code, request.path)
			assert.JSONEq(t, request.answer, response.Body.String(), request.path)
		}
	}))
}

func TestRun(t *testing.T) {
	t.Parallel()
	c := newRoom(t)
	type database struct{}
	var stopped []string
	require.NoError(t, c.Provide(func() (*database, container.Finalizer) {
		return &database{}, func(context.Context, error) error {
			stopped = append(stopped, "database")
			return nil
		}
	}))
	require.NoError(t, c.Invoke(func(*database) {}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + listener.Addr().String() + "/users"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- room.Run(ctx, c, listener) }()

	response, err := http.Post(url, "application/json", strings.NewReader(`{"user":"Ann"}`))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())

	stream, err := http.Get(url)
	require.NoError(t, err)
	defer stream.Body.Close()
	lines := bufio.NewReader(stream.Body)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "data: \"Ann\"\n", line)

	cancel()
	rest, err := io.ReadAll(lines)
	require.NoError(t, err, "the stream ends cleanly")
	assert.Equal(t, "\nevent: end\ndata: {}\n\n", string(rest))
	require.NoError(t, <-done)
	assert.Equal(t, []string{"database"}, stopped)
	_, err = http.Get(url)
	require.Error(t, err)
}

func TestWatch(t *testing.T) {
	t.Parallel()
	t.Run("may take longer than the timeout of other messages", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			require.NoError(t, newRoom(t).Invoke(func(m *cqrs.Mediator) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				begin := time.Now()
				for _, err := range cqrs.Stream(ctx, m, room.Watch{}) {
					require.ErrorIs(t, err, context.DeadlineExceeded)
				}
				assert.Equal(t, time.Hour, time.Since(begin))
			}))
		})
	})
}

func TestWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		c := container.New()
		require.NoError(t, room.Provide(c, zap.New(core)))
		require.NoError(t, c.Invoke(func(w *room.Worker) {
			ctx, cancel := context.WithCancel(t.Context())
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				w.Run(ctx)
			}()
			time.Sleep(3*time.Minute + time.Second)
			cancel()
			<-stopped
		}))
		assert.Equal(t, 3, logs.FilterMessage("cleaned").Len())
	})
}
