package cqrs_test

import (
	"errors"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// soleError returns the only error of a map.
func soleError(t *testing.T, errs []error) *cqrs.BindError {
	t.Helper()
	require.Len(t, errs, 1)
	e, ok := errors.AsType[*cqrs.BindError](errs[0])
	require.True(t, ok)
	return e
}

func TestRequestMap(t *testing.T) {
	t.Parallel()

	t.Run("rejects a second handler of a request, naming both places", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*joinHandler](&m)
		cqrs.BindCommand[*otherJoinHandler](&m)
		e := soleError(t, m.Errors())
		require.ErrorIs(t, e, cqrs.ErrDuplicate)
		assert.Equal(t, m.Bindings(), []*cqrs.Binding{e.First}, "the first one stands")
		assert.Equal(t, reflect.TypeFor[*otherJoinHandler](), e.Binding.Handler())
		assert.Regexp(t, `map_test\.go:\d+$`, e.Binding.Where())
		assert.Len(t, regexp.MustCompile(`map_test\.go:\d+`).FindAllString(e.Error(), -1), 2)
		assert.NotEqual(t, e.First.Where(), e.Binding.Where())
	})

	t.Run("rejects the same handler of a request twice", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*joinHandler](&m)
		cqrs.BindCommand[*joinHandler](&m)
		require.ErrorIs(t, soleError(t, m.Errors()), cqrs.ErrDuplicate)
	})
}

func TestEventMap(t *testing.T) {
	t.Parallel()

	t.Run("rejects the same handler of an event twice, even with other options", func(t *testing.T) {
		t.Parallel()
		var m cqrs.EventMap
		cqrs.BindEvent[*joinedHandler](&m)
		cqrs.BindEvent[*joinedHandler](&m, cqrs.AfterScope(), nil)
		e := soleError(t, m.Errors())
		require.ErrorIs(t, e, cqrs.ErrDuplicate)
		assert.Len(t, regexp.MustCompile(`map_test\.go:\d+`).FindAllString(e.Error(), -1), 2)
		require.Len(t, m.Bindings(), 1)
		assert.Equal(t, cqrs.DeliveryInScope, m.Bindings()[0].Delivery())
	})
}
