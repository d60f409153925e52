package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type (
	ImportUsers struct{ cqrs.Command }
	RenameUser  struct{ cqrs.Command }
	Ping        struct{ cqrs.Command }
)

func (RenameUser) Timeout() time.Duration { return time.Second }

func NewImportUsersHandler() cqrs.CommandFunc[ImportUsers] {
	return func(context.Context, ImportUsers) error { return nil }
}

func NewRenameUserHandler() cqrs.CommandFunc[RenameUser] {
	return func(context.Context, RenameUser) error { return nil }
}

func NewPingHandler() cqrs.CommandFunc[Ping] {
	return func(context.Context, Ping) error { return nil }
}

// Every command has a timeout, except Ping, or the application does not start.
func ExampleRequire() {
	c := container.New()
	if err := c.ProvideAll(NewImportUsersHandler, NewRenameUserHandler, NewPingHandler); err != nil {
		panic(err)
	}
	start := func(imports ...cqrs.BindOption) error {
		_, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
			cqrs.BindCommand[cqrs.CommandFunc[ImportUsers]](m, imports...)
			cqrs.BindCommand[cqrs.CommandFunc[RenameUser]](m)
			cqrs.BindCommand[cqrs.CommandFunc[Ping]](m)
		}, nil, bootstrap.WithMiddleware(
			middleware.Timeout(0), // for commands with a method Timeout
			middleware.Require(middleware.Commands(), middleware.HasTimeout(), middleware.Exempt[Ping]()),
		))
		return err
	}
	err := start()
	if forgotten, ok := errors.AsType[*middleware.ConfigError](err); ok {
		fmt.Println("no timeout:", forgotten.Message)
	}
	fmt.Println(start(cqrs.WithMiddleware(middleware.Timeout(time.Minute))))
	// Output:
	// no timeout: middleware_test.ImportUsers
	// <nil>
}
