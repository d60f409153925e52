// Command request_context shows how handlers find out who sends a request: from the context,
// or from a scoped value derived from it. It also shows whose context a middleware can
// change.
//
//	go run ./examples/request_context
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync/atomic"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// User is the sender of a request.
type User struct{ Name string }

type (
	userKey      struct{}
	requestIDKey struct{}
)

// WithUser returns a context with a user. The code that receives requests calls it, such as HTTP
// middleware that checks a cookie.
func WithUser(ctx context.Context, u User) context.Context {
	return context.WithValue(ctx, userKey{}, u)
}

// ErrAnonymous reports that nobody is logged in.
var ErrAnonymous = errors.New("nobody is logged in")

// NewUser is scoped. Handlers ask for a User as for any other dependency.
func NewUser(ctx context.Context) (User, error) {
	u, ok := ctx.Value(userKey{}).(User)
	if !ok {
		return User{}, ErrAnonymous
	}
	return u, nil
}

// NumberRequests returns a middleware that gives each request an ID in the context that it passes on.
func NumberRequests() cqrs.Middleware {
	var last atomic.Int64
	return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		return next(context.WithValue(ctx, requestIDKey{}, last.Add(1)), in)
	})
}

// Audit is scoped: it notes what happens in one request.
type Audit struct{ requestID any }

func NewAudit(ctx context.Context) *Audit { return &Audit{requestID: ctx.Value(requestIDKey{})} }

type Join struct{ cqrs.Command }

type JoinHandler struct {
	user  User
	audit *Audit
}

func NewJoinHandler(user User, audit *Audit) *JoinHandler {
	return &JoinHandler{user: user, audit: audit}
}

func (h *JoinHandler) Handle(ctx context.Context, _ Join) error {
	fmt.Printf("%s joins; request ID in Handle: %v, in NewAudit: %v\n",
		h.user.Name, ctx.Value(requestIDKey{}), h.audit.requestID)
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinHandler](m) }

// NewMediator wires the application.
func NewMediator(middleware cqrs.Middleware) (*cqrs.Mediator, error) {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewJoinHandler),
		c.Provide(NewUser, container.Scoped()),
		c.Provide(NewAudit, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, nil, bootstrap.WithMiddleware(middleware))
}

func main() {
	inside, err := NewMediator(NumberRequests())
	if err != nil {
		log.Fatal(err)
	}
	around, err := NewMediator(cqrs.AroundScope(NumberRequests()))
	if err != nil {
		log.Fatal(err)
	}
	ctx := WithUser(context.Background(), User{Name: "Ann"})
	fmt.Println(inside.Send(ctx, Join{}))
	fmt.Println(around.Send(ctx, Join{}))
	fmt.Println("without a user:", errors.Is(around.Send(context.Background(), Join{}), ErrAnonymous))
}
