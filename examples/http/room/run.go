package room

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

// Provide provides the application to the container, with its mediator.
func Provide(c *container.Container, log *zap.Logger) error {
	return errors.Join(
		c.ProvideAll(func() *zap.Logger { return log }, NewRoom, NewAPI, NewWorker),
		c.ProvideAll(NewJoinHandler, NewReadSeatHandler, NewWatchHandler, NewCleanHandler),
		bootstrap.Provide(c, requests, nil,
			bootstrap.WithLogger(log),
			bootstrap.WithMiddleware(middleware.Validation(), middleware.Timeout(time.Minute)),
			bootstrap.WithExpectedErrors(func(err error) bool {
				return errors.Is(err, ErrFull) || errors.Is(err, ErrEmpty)
			})),
	)
}

func requests(m *cqrs.RequestMap) {
	cqrs.BindRequest[cqrs.RequestFunc[Join, int]](m)
	cqrs.BindRequest[cqrs.RequestFunc[ReadSeat, string]](m)
	cqrs.BindStream[cqrs.StreamFunc[Watch, string]](m)
	cqrs.BindCommand[cqrs.CommandFunc[Clean]](m)
}

// Run serves until ctx is cancelled. Then it stops everything, and returns once nothing is
// running.
func Run(ctx context.Context, c *container.Container, listener net.Listener) error {
	err := c.Invoke(func(api *API, worker *Worker, mediator *cqrs.Mediator) error {
		return serve(ctx, listener, api, worker, mediator)
	})
	// Finally, the container closes its singletons, such as a database.
	return errors.Join(err, c.Close(context.WithoutCancel(ctx)))
}

func serve(ctx context.Context, listener net.Listener, api *API, worker *Worker, mediator *cqrs.Mediator) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() { worker.Run(working) })

	server := &http.Server{Handler: api, ReadHeaderTimeout: 5 * time.Second}
	server.RegisterOnShutdown(api.close) // a stream would not end on its own
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	// First, no more requests: Shutdown waits for those that have begun.
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if late := server.Shutdown(limit); late != nil {
		err = errors.Join(err, late, server.Close())
	}
	// Then the workers, which complete what they have begun.
	stop()
	workers.Wait()
	// Then the mediator, which waits for whatever is still in flight.
	return errors.Join(err, mediator.Close(limit))
}
