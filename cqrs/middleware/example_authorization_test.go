package middleware_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

// Protected is implemented by messages that require a permission.
type Protected interface{ Permission() string }

type (
	DeleteUser struct{ cqrs.Command }
	SignUp     struct{ cqrs.Command }
)

func (DeleteUser) Permission() string { return "users.delete" }

type permissionKey struct{}

// Permitted returns an error unless the context has the permission that the message requires.
func Permitted(ctx context.Context, message Protected) error {
	if ctx.Value(permissionKey{}) != message.Permission() {
		return fmt.Errorf("%s is required", message.Permission())
	}
	return nil
}

type DeleteUserHandler struct{}

func NewDeleteUserHandler() *DeleteUserHandler { return &DeleteUserHandler{} }

func (*DeleteUserHandler) Handle(context.Context, DeleteUser) error { return nil }

type SignUpHandler struct{}

func NewSignUpHandler() *SignUpHandler { return &SignUpHandler{} }

func (*SignUpHandler) Handle(context.Context, SignUp) error { return nil }

// No command can be forgotten: each one is either protected or exempt, or New fails.
func ExampleAuthorization() {
	start := func(exempt ...middleware.Exemption) (*cqrs.Mediator, error) {
		c := container.New()
		if err := c.ProvideAll(NewDeleteUserHandler, NewSignUpHandler); err != nil {
			return nil, err
		}
		return bootstrap.New(c, func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*DeleteUserHandler](m)
			cqrs.BindCommand[*SignUpHandler](m)
		}, nil, bootstrap.WithMiddleware(middleware.Authorization(Permitted, exempt...)))
	}
	_, err := start()
	if invalid, ok := errors.AsType[*middleware.ConfigError](err); ok {
		fmt.Println("forgotten:", invalid.Message)
	}

	mediator, err := start(middleware.Exempt[SignUp]())
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	fmt.Println(mediator.Send(ctx, SignUp{}))
	err = mediator.Send(ctx, DeleteUser{})
	fmt.Println(err)
	fmt.Println(errors.Is(err, middleware.ErrDenied))
	fmt.Println(mediator.Send(context.WithValue(ctx, permissionKey{}, "users.delete"), DeleteUser{}))
	// Output:
	// forgotten: middleware_test.SignUp
	// <nil>
	// middleware: permission to send middleware_test.DeleteUser to *middleware_test.DeleteUserHandler denied: users.delete is required; send it on behalf of someone who has permission
	// true
	// <nil>
}
