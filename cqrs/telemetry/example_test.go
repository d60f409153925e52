package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

type (
	JoinMeeting struct {
		cqrs.Command
		User string
	}
	UserJoined struct {
		cqrs.DomainEvent
		User string
	}

	JoinMeetingHandler struct{ cqrs.EventRecorder }
	Attendance         struct{}
	WelcomeMail        struct{}
)

func NewJoinMeetingHandler() *JoinMeetingHandler { return &JoinMeetingHandler{} }
func NewAttendance() *Attendance                 { return &Attendance{} }
func NewWelcomeMail() *WelcomeMail               { return &WelcomeMail{} }

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	h.Record(UserJoined{User: c.User})
	return nil
}

func (*Attendance) Handle(context.Context, UserJoined) error { return nil }

func (*WelcomeMail) Handle(_ context.Context, e UserJoined) error {
	return errors.New("no known address for " + e.User)
}

// The span of a request includes its deliveries, even those made after its scope. If
// a handler fails there, its own span has an error, but that of the request does not:
// the request is done.
func Example() {
	exporter := tracetest.NewInMemoryExporter() // in a program: otlptracegrpc, for example
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))

	c := container.New()
	if err := c.ProvideAll(NewJoinMeetingHandler, NewAttendance, NewWelcomeMail); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*JoinMeetingHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Attendance](m)
		cqrs.BindEvent[*WelcomeMail](m, cqrs.AfterScope())
	}, bootstrap.WithMiddleware(telemetry.New(telemetry.WithTracerProvider(provider))))
	if err != nil {
		panic(err)
	}
	err = mediator.Send(context.Background(), JoinMeeting{User: "ann"})
	fmt.Println("done:", cqrs.Done(err))
	printTree(exporter.GetSpans(), trace.SpanID{}, "")
	// Output:
	// done: true
	// command telemetry_test.JoinMeeting (side_effect_failed)
	//   event telemetry_test.UserJoined to *telemetry_test.Attendance (ok)
	//   event telemetry_test.UserJoined to *telemetry_test.WelcomeMail (error *errors.errorString)
}

// printTree prints the spans below parent, each with its outcome.
func printTree(spans tracetest.SpanStubs, parent trace.SpanID, indent string) {
	for _, s := range spans {
		if s.Parent.SpanID() != parent {
			continue
		}
		var end []string
		for _, a := range s.Attributes {
			if a.Key == "cqrs.outcome" || a.Key == "error.type" {
				end = append(end, a.Value.AsString())
			}
		}
		fmt.Printf("%s%s (%s)\n", indent, s.Name, strings.Join(end, " "))
		printTree(spans, s.SpanContext.SpanID(), indent+"  ")
	}
}
