package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/twins"
	kitchen "github.com/digcqrs/digcqrs/internal/twins/kitchen/order"
	shop "github.com/digcqrs/digcqrs/internal/twins/shop/order"
)

// checkedPlace has a Validate that is about another message.
type checkedPlace struct{ cqrs.Command }

func (checkedPlace) Validate(shop.Place, kitchen.Place) error { return nil }

func TestErrorTexts_tell_types_of_the_same_name_apart(t *testing.T) {
	t.Parallel()
	message, handler := reflect.TypeFor[shop.Place](), reflect.TypeFor[kitchen.Place]()

	for _, test := range []struct {
		name string
		err  error
	}{
		{"of a message that is denied", &middleware.AuthorizationError{Message: message, Handler: handler, Err: errOther}},
		{"of a handler that is late", &middleware.TimeoutError{Message: message, Handler: handler, After: 1, Err: errOther}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, test.err, twins.InShop+"Place")
			assert.ErrorContains(t, test.err, twins.InKitchen+"Place")
		})
	}

	t.Run("of exemptions without effect", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		both := []middleware.Exemption{middleware.Exempt[shop.Place](), middleware.Exempt[kitchen.Place]()}
		_, err := a.tryStart(middleware.Authorization(allow, both...))
		assert.ErrorContains(t, err, "Exempt["+twins.InShop+"Place] at ")
		assert.ErrorContains(t, err, "Exempt["+twins.InKitchen+"Place] at ")
	})

	t.Run("of commands that go unchecked", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[shop.Place](nil))
		command(a, returns[kitchen.Place](nil))
		_, err := a.tryStart(middleware.Authorization(allow))
		assert.ErrorContains(t, err, "the command "+twins.InShop+"Place, bound at ")
		assert.ErrorContains(t, err, "middleware.Exempt["+twins.InKitchen+"Place]()")
	})

	t.Run("of the parameters of a method", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[checkedPlace](nil))
		_, err := a.tryStart(middleware.Validation())
		assert.ErrorContains(t, err, "of type func("+twins.InShop+"Place, "+twins.InKitchen+"Place) error, which")
	})
}

func TestErrorTexts_are_bounded(t *testing.T) {
	t.Parallel()
	huge := testkit.LongError()

	t.Run("with a long cause", func(t *testing.T) {
		t.Parallel()
		for _, err := range []error{
			&middleware.AuthorizationError{Err: huge},
			&middleware.TimeoutError{Err: huge},
			&middleware.ValidationError{Err: huge},
			&middleware.FieldError{Field: "guests", Err: huge},
		} {
			assert.Less(t, len(err.Error()), 5000)
			assert.ErrorContains(t, err, "xxend")
		}
	})

	t.Run("with many fields", func(t *testing.T) {
		t.Parallel()
		var f middleware.Fields
		for i := range 10_000 {
			f.Add(fmt.Sprintf("guests[%d]", i), "has no name")
		}
		a := newApp(t)
		command(a, returns[invalidFields](nil))
		err := a.start(middleware.Validation()).Send(context.WithValue(t.Context(), fieldsKey{}, f.Err()), invalidFields{})
		invalid, ok := errors.AsType[*middleware.ValidationError](err)
		require.True(t, ok, "%v", err)
		assert.Len(t, invalid.Fields, 10_000)
		assert.ErrorContains(t, err,
			": guests[0]: has no name, guests[1]: has no name, guests[2]: has no name, (9994 more), guests[9997]: has no "+
				"name, ")
		assert.Less(t, len(err.Error()), 1000)
	})
}

type (
	fieldsKey     struct{}
	invalidFields struct{ cqrs.Command }
)

func (invalidFields) Validate(ctx context.Context) error { return ctx.Value(fieldsKey{}).(error) }
