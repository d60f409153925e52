package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type requestIDKey struct{}

// requestIDs stores the request ID with events and scheduled commands.
func requestIDs() cqrs.Propagator {
	return cqrs.Propagator{
		Inject: func(ctx context.Context) map[string]string {
			id, _ := ctx.Value(requestIDKey{}).(string)
			return map[string]string{"request-id": id}
		},
		Extract: func(ctx context.Context, headers map[string]string) context.Context {
			return context.WithValue(ctx, requestIDKey{}, headers["request-id"])
		},
	}
}

// restoreRequestID puts the stored request ID in the context of a delivery.
func restoreRequestID(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if _, durable := in.DeliveryID(); durable {
		ctx = context.WithValue(ctx, requestIDKey{}, in.Origin().Value(requestIDKey{}))
	}
	return next(ctx, in)
}

// A propagator stores the request ID, and a middleware gives it to the handlers of deliveries.
func Example_propagator() {
	greet := func(ctx context.Context, e UserJoined) error {
		fmt.Println("mail to", e.User, "in request", ctx.Value(requestIDKey{}))
		return nil
	}
	c := container.New()
	err := errors.Join(
		c.ProvideAll(outboxtest.NewStore, NewJoinMeetingHandler),
		c.Provide(func() cqrs.EventFunc[UserJoined] { return greet }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
		bootstrap.Provide(c, commands, func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
			cqrs.BindEvent[cqrs.EventFunc[UserJoined]](m, cqrs.Durable("welcome-mail"))
		},
			bootstrap.WithPropagator(requestIDs()),
			bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(restoreRequestID))),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	err = c.Invoke(func(store *outboxtest.Store, mediator *cqrs.Mediator) error {
		ctx := context.WithValue(context.Background(), requestIDKey{}, "r-1")
		if err := mediator.Send(ctx, JoinMeeting{User: "Ann"}); err != nil {
			return err
		}
		relay, err := outbox.NewRelay(store, mediator)
		if err != nil {
			return err
		}
		return relay.Drain(context.Background())
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// join Ann
	// mail to Ann in request r-1
}
