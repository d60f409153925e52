package middleware_test

import (
	"context"
	"fmt"
	"reflect"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type ListUsers struct{ cqrs.Query[[]string] }

func NewListUsers() cqrs.RequestFunc[ListUsers, []string] {
	return func(context.Context, ListUsers) ([]string, error) { return nil, nil }
}

// Unprotected reports the queries and streams that require no permission.
func Unprotected(bindings []*cqrs.Binding) []error {
	var errs []error
	for _, b := range bindings {
		reads := b.Kind() == cqrs.KindQuery || b.Kind() == cqrs.KindStream
		if reads && !b.Message().Implements(reflect.TypeFor[Protected]()) {
			errs = append(errs, fmt.Errorf("%v requires no permission; add the method Permission", b.Message()))
		}
	}
	return errs
}

// Queries and streams may be sent by anyone unless they implement the interface. A check at
// start-up reports those that do not.
func ExampleAuthorization_queries() {
	c := container.New()
	if err := c.Provide(NewListUsers); err != nil {
		fmt.Println(err)
		return
	}
	_, err := bootstrap.New(c, nil, nil, bootstrap.WithQueries(func(m *cqrs.RequestMap) {
		cqrs.BindRequest[cqrs.RequestFunc[ListUsers, []string]](m)
	}), bootstrap.WithMiddleware(
		cqrs.Checked(Unprotected, middleware.Authorization(Permitted)),
	))
	fmt.Println(err)
	// Output:
	// bootstrap: middleware_test.ListUsers requires no permission; add the method Permission
}
