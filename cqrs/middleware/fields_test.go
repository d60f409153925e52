package middleware_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

// namesOf returns what a ValidationError reports about fields, for an error of Validate.
func namesOf(t *testing.T, problem error) []string {
	t.Helper()
	a := newApp(t)
	command(a, returns[validated](nil))
	var names []string
	for _, f := range invalid(t, a.start(middleware.Validation()).Send(t.Context(), validated{Problem: problem})).Fields {
		names = append(names, f.Error())
	}
	return names
}

func TestFields(t *testing.T) {
	t.Parallel()

	t.Run("are no error if nothing is wrong", func(t *testing.T) {
		t.Parallel()
		var f middleware.Fields
		require.NoError(t, f.Err())
		f.AddError("name", nil)
		require.NoError(t, f.Err())
	})

	t.Run("are an error with everything that was noted, in order", func(t *testing.T) {
		t.Parallel()
		var f middleware.Fields
		f.Add("name", "is missing")
		f.AddError("age", errOther)
		err := f.Err()
		require.EqualError(t, err, "name: is missing, age: another says no")
		require.ErrorIs(t, err, errOther)
		field, ok := errors.AsType[*middleware.FieldError](err)
		require.True(t, ok)
		assert.Equal(t, "name", field.Field)
		assert.Equal(t, []string{"name: is missing", "age: another says no"}, namesOf(t, err))

		f.Add("more", "is wrong")
		require.EqualError(t, err, "name: is missing, age: another says no", "what was returned does not change")
	})

	t.Run("of a part are prefixed with the name of the part", func(t *testing.T) {
		t.Parallel()
		var street, address, message middleware.Fields
		street.AddError("number", errOther)
		address.AddError("street", street.Err())
		address.Add("city", "is missing")
		message.AddError("address", fmt.Errorf("the address: %w", address.Err()))
		message.AddError("name", errHandler)
		err := message.Err()
		assert.Equal(t, []string{"address.street.number: another says no", "address.city: is missing",
			"name: the handler says no"}, namesOf(t, err))
		require.ErrorIs(t, err, errOther)
		require.ErrorIs(t, err, errHandler)
	})

	t.Run("are found wherever they are in an error", func(t *testing.T) {
		t.Parallel()
		var f middleware.Fields
		f.Add("name", "is missing")
		err := fmt.Errorf("%w and %w", errors.Join(errOther, &middleware.FieldError{Field: "own", Err: errHandler}), f.Err())
		assert.Equal(t, []string{"own: the handler says no", "name: is missing"}, namesOf(t, err))
		assert.Empty(t, namesOf(t, errOther))
	})
}

func TestFields_AddError_keepsWhatElseAnErrorSays(t *testing.T) {
	t.Parallel()
	other := errors.New("the database is down")
	field := &middleware.FieldError{Field: "until", Err: errors.New("is over")}
	for name, err := range map[string]error{
		"beside a field": errors.Join(field, other),
		"around a field": fmt.Errorf("%w, see the calendar", errors.Join(field, other)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f middleware.Fields
			f.AddError("period", err)
			require.ErrorIs(t, f.Err(), other)
			assert.ErrorContains(t, f.Err(), err.Error())
		})
	}
}
