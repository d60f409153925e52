package room

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Clean removes what is no longer needed.
type Clean struct{ cqrs.Command }

func NewCleanHandler(log *zap.Logger) cqrs.CommandFunc[Clean] {
	return func(context.Context, Clean) error {
		log.Info("cleaned")
		return nil
	}
}

// Worker sends a command every minute.
type Worker struct {
	mediator *cqrs.Mediator
	log      *zap.Logger
}

func NewWorker(m *cqrs.Mediator, log *zap.Logger) *Worker { return &Worker{mediator: m, log: log} }

// Run returns when ctx is cancelled. It completes the command that it has sent.
func (w *Worker) Run(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := w.mediator.Send(context.WithoutCancel(ctx), Clean{}); err != nil {
				w.log.Error("cleaning failed", zap.Error(err))
			}
		}
	}
}
