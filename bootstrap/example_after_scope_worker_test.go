package bootstrap_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	ReserveTable  struct{ cqrs.Command }
	TableReserved struct{ cqrs.DomainEvent }
)

type ReserveTableHandler struct{ cqrs.EventRecorder }

func NewReserveTableHandler() *ReserveTableHandler { return &ReserveTableHandler{} }

func (h *ReserveTableHandler) Handle(context.Context, ReserveTable) error {
	h.Record(TableReserved{})
	return nil
}

// TableMail cannot send the first mail.
type TableMail struct{ tries int }

func NewTableMail() *TableMail { return &TableMail{} }

func (h *TableMail) Handle(context.Context, TableReserved) error {
	if h.tries++; h.tries == 1 {
		return errors.New("the mail server is down")
	}
	fmt.Println("mail sent")
	return nil
}

// The function makes no delivery itself: there is no mediator yet when it is passed. It puts
// the errors into a queue, which a worker empties.
func ExampleWithAfterScopeErrors_worker() {
	c := container.New()
	err := errors.Join(c.ProvideAll(NewReserveTableHandler), c.Provide(NewTableMail, container.Singleton()))
	if err != nil {
		fmt.Println(err)
		return
	}
	failed := make(chan *cqrs.EventError, 100)
	enqueue := func(_ context.Context, errs []*cqrs.EventError) {
		for _, err := range errs {
			select {
			case failed <- err:
			default: // the queue is full; the error is in the log
			}
		}
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*ReserveTableHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*TableMail](m, cqrs.AfterScope())
	}, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithAfterScopeErrors(enqueue))
	if err != nil {
		fmt.Println(err)
		return
	}

	done := make(chan struct{})
	go func() {
		defer close(done)
		for err := range failed {
			fmt.Println("again, because", err.Err)
			if err := mediator.PublishTo(context.Background(), err.Subscription, err.Value); err != nil {
				fmt.Println(err) // count the attempts, and queue the event again
			}
		}
	}()

	if err := mediator.Send(context.Background(), ReserveTable{}); err != nil {
		fmt.Println(err)
	}
	close(failed) // no more requests
	<-done
	// Output:
	// again, because the mail server is down
	// mail sent
}
