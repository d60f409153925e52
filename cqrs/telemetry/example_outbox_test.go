package telemetry_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

// BeginTx stands in for one that begins an sql.Tx.
func BeginTx(store *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := store.Begin()
	return tx, container.Transaction(tx)
}

// The span of a durable delivery begins a trace of its own, and links to the span in which the
// event was recorded, perhaps in another process.
func ExamplePropagator() {
	exporter := tracetest.NewInMemoryExporter() // in a program: otlptracegrpc, for example
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	store := outboxtest.NewStore() // in a program: sqlite.NewStore or one of its siblings

	c := container.New()
	must(c.ProvideAll(NewJoinMeetingHandler, NewAttendance, func() *outboxtest.Store { return store }))
	must(c.Provide(BeginTx, container.Scoped()))
	must(c.Provide(outboxtest.NewJournal, container.Scoped()))

	_, err := telemetry.OutboxMetrics(store) // pending, dead, age, paused
	must(err)
	deliveries, err := telemetry.DeliveryMetrics() // attempts, their outcomes and durations
	must(err)
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*JoinMeetingHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
		cqrs.BindEvent[*Attendance](m, cqrs.Durable("attendance"))
	},
		bootstrap.WithMiddleware(telemetry.New(telemetry.WithTracerProvider(provider))),
		bootstrap.WithPropagator(telemetry.Propagator()),
		bootstrap.WithObserver(deliveries),
	)
	must(err)
	must(mediator.Send(context.Background(), JoinMeeting{User: "ann"}))
	relay, err := outbox.NewRelay(store, mediator)
	must(err)
	must(relay.Drain(context.Background()))

	spans := exporter.GetSpans()
	fmt.Println(spans[0].Name)
	fmt.Println(spans[1].Name)
	fmt.Println("linked:", spans[1].Links[0].SpanContext.SpanID() == spans[0].SpanContext.SpanID())
	// Output:
	// command telemetry_test.JoinMeeting
	// event telemetry_test.UserJoined to *telemetry_test.Attendance
	// linked: true
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
