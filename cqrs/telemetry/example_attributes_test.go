package telemetry_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

// Owner is attached to a binding to name the team that owns its handler.
type Owner string

// Each binding can have attributes of its own.
func ExampleWithAttributes() {
	reader := metric.NewManualReader() // in a program: a periodic reader with an exporter
	provider := metric.NewMeterProvider(metric.WithReader(reader))

	c := container.New()
	if err := c.ProvideAll(NewJoinMeetingHandler, NewAttendance); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*JoinMeetingHandler](m, cqrs.Attach(Owner("meetings")))
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Attendance](m, cqrs.SubscriptionName("attendance"))
	}, bootstrap.WithMiddleware(telemetry.New(
		telemetry.WithMeterProvider(provider),
		telemetry.WithAttributes(func(b *cqrs.Binding) []attribute.KeyValue {
			owner, ok := cqrs.Attached[Owner](b)
			if !ok {
				owner = "nobody"
			}
			return []attribute.KeyValue{attribute.String("app.owner", string(owner))}
		}),
	)))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	for _, user := range []string{"ann", "bob"} {
		if err := mediator.Send(ctx, JoinMeeting{User: user}); err != nil {
			panic(err)
		}
	}

	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		panic(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		histogram, ok := m.Data.(metricdata.Histogram[float64])
		if !ok {
			continue
		}
		for _, p := range histogram.DataPoints {
			fmt.Printf("%s, %d times:\n", m.Name, p.Count)
			for _, a := range p.Attributes.ToSlice() {
				fmt.Printf("  %s = %s\n", a.Key, a.Value.AsString())
			}
		}
	}
	// Unordered output:
	// cqrs.message.duration, 2 times:
	//   app.owner = meetings
	//   code.function.name = github.com/digcqrs/digcqrs/cqrs/telemetry_test.(*JoinMeetingHandler).Handle
	//   cqrs.message.kind = command
	//   cqrs.message.type = github.com/digcqrs/digcqrs/cqrs/telemetry_test.JoinMeeting
	//   cqrs.outcome = ok
	// cqrs.message.duration, 2 times:
	//   app.owner = nobody
	//   code.function.name = github.com/digcqrs/digcqrs/cqrs/telemetry_test.(*Attendance).Handle
	//   cqrs.message.kind = event
	//   cqrs.message.type = github.com/digcqrs/digcqrs/cqrs/telemetry_test.UserJoined
	//   cqrs.outcome = ok
	//   cqrs.subscription = attendance
}
