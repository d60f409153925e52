package cqrs_test

import (
	"context"
	"fmt"
	"iter"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadLog struct {
	cqrs.StreamOf[string] // returns any number of lines
	Lines                 int
}

// LogFile is scoped: it stays open until the request ends.
type LogFile struct{}

func OpenLogFile() (*LogFile, container.Finalizer) {
	fmt.Println("open")
	return &LogFile{}, func(_ context.Context, outcome error) error {
		fmt.Println("closed with:", outcome)
		return nil
	}
}

type ReadLogHandler struct{ file *LogFile }

func NewReadLogHandler(f *LogFile) *ReadLogHandler { return &ReadLogHandler{f} }

func (h *ReadLogHandler) Handle(_ context.Context, s ReadLog) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for n := range s.Lines {
			if !yield(fmt.Sprint("line ", n+1), nil) {
				return
			}
		}
	}
}

// A stream is a request that lasts until the loop over it ends. Breaking out of the
// loop closes its scope at once.
func Example_stream() {
	c := container.New()
	if err := c.Provide(OpenLogFile, container.Scoped()); err != nil {
		panic(err)
	}
	if err := c.Provide(NewReadLogHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindStream[*ReadLogHandler](m) }, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()

	for line, err := range cqrs.Stream(ctx, mediator, ReadLog{Lines: 2}) {
		if err != nil {
			fmt.Println(err) // always the last item
			break
		}
		fmt.Println(line)
	}
	for line := range cqrs.Stream(ctx, mediator, ReadLog{Lines: 1000}) {
		fmt.Println(line)
		break
	}
	// Output:
	// open
	// line 1
	// line 2
	// closed with: <nil>
	// open
	// line 1
	// closed with: cqrs: the consumer stopped the stream
}
