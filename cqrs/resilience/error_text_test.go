package resilience_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs/resilience"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/twins"
	kitchen "github.com/digcqrs/digcqrs/internal/twins/kitchen/order"
	shop "github.com/digcqrs/digcqrs/internal/twins/shop/order"
)

func TestErrors_text(t *testing.T) {
	t.Parallel()

	t.Run("distinguishes a message from a handler of the same name", func(t *testing.T) {
		t.Parallel()
		err := &resilience.RefusedError{
			Policy: "bulkhead", Message: reflect.TypeFor[shop.Place](), Handler: reflect.TypeFor[kitchen.Place](), Err: errOther,
		}
		assert.ErrorContains(t, err, "the bulkhead of "+twins.InKitchen+"Place refused "+twins.InShop+"Place: ")
	})

	t.Run("is bounded, however long the cause is", func(t *testing.T) {
		t.Parallel()
		err := &resilience.RefusedError{Policy: "bulkhead", Err: testkit.LongError()}
		assert.Less(t, len(err.Error()), 5000)
		assert.ErrorContains(t, err, "xxend; ")
	})
}
