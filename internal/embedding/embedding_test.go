package embedding_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/embedding"
)

type (
	A       struct{}
	B       struct{}
	Deep    struct{ A }
	Mixed   struct{ Deep }
	Shallow struct {
		Deep
		B
	}
	Both struct {
		B
		A
	}
	Pointing struct{ *A }
	Loop     struct{ *Loop }
	Named    struct{ Field A }
)

func TestShallowest(t *testing.T) {
	t.Parallel()
	a, b := reflect.TypeFor[A](), reflect.TypeFor[B]()
	for of, want := range map[reflect.Type]reflect.Type{
		a:                           a,
		reflect.TypeFor[Deep]():     a,
		reflect.TypeFor[*Deep]():    a,
		reflect.TypeFor[Mixed]():    a,
		reflect.TypeFor[Shallow]():  b,
		reflect.TypeFor[Both]():     b,
		reflect.TypeFor[Pointing](): a,
		reflect.TypeFor[Loop]():     nil,
		reflect.TypeFor[Named]():    nil,
		reflect.TypeFor[int]():      nil,
	} {
		got := embedding.Shallowest(of, func(t reflect.Type) bool { return t == a || t == b })
		assert.Equal(t, want, got, "%v", of)
	}
}
