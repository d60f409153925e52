package resilience_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/failsafe-go/failsafe-go/bulkhead"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

type MakeReport struct {
	cqrs.Command
	Started chan<- struct{}
	Finish  <-chan struct{}
}

type ReportHandler struct{}

func NewReportHandler() *ReportHandler { return &ReportHandler{} }

func (*ReportHandler) Handle(_ context.Context, c MakeReport) error {
	c.Started <- struct{}{}
	<-c.Finish
	return nil
}

// Only one report is made at a time. While one is running, others are refused.
func ExampleBulkhead() {
	c := container.New()
	if err := c.ProvideAll(NewReportHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*ReportHandler](m, cqrs.WithMiddleware(
			resilience.Bulkhead(bulkhead.NewBuilder[any](1)),
		))
	}, nil)
	if err != nil {
		panic(err)
	}
	started, finish, first := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		first <- mediator.Send(context.Background(), MakeReport{Started: started, Finish: finish})
	}()
	<-started
	second := mediator.Send(context.Background(), MakeReport{})
	close(finish)
	fmt.Println("first:", <-first)
	fmt.Println("second:", errors.Is(second, bulkhead.ErrFull))
	// Output:
	// first: <nil>
	// second: true
}
