package resilience_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs/resilience"
	kitchen "github.com/digcqrs/digcqrs/internal/twins/kitchen/order"
	shop "github.com/digcqrs/digcqrs/internal/twins/shop/order"
)

func TestErrors_text(t *testing.T) {
	t.Parallel()

	t.Run("tells a message from a handler of the same name", func(t *testing.T) {
		t.Parallel()
		err := &resilience.RefusedError{
			Policy: "bulkhead", Message: reflect.TypeFor[shop.Place](), Handler: reflect.TypeFor[kitchen.Place](), Err: errOther,
		}
		const twins = "github.com/digcqrs/digcqrs/internal/twins/"
		assert.ErrorContains(t, err, "the bulkhead of "+twins+"kitchen/order.Place refused "+twins+"shop/order.Place: ")
	})

	t.Run("is bounded however long the cause is", func(t *testing.T) {
		t.Parallel()
		err := &resilience.RefusedError{Policy: "bulkhead", Err: errors.New("begin" + strings.Repeat("x", 1_000_000) + "end")}
		assert.Less(t, len(err.Error()), 5000)
		assert.ErrorContains(t, err, "xxend; ")
	})
}
