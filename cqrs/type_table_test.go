package cqrs_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestTypeTable(t *testing.T) {
	t.Parallel()
	types := []reflect.Type{reflect.TypeFor[Join](), reflect.TypeFor[error](), reflect.TypeFor[*app](), reflect.TypeFor[func()]()}
	for n := range 500 {
		types = append(types, reflect.ArrayOf(n, reflect.TypeFor[Join]()))
	}
	for _, of := range types {
		assert.Equal(t, reflect.ValueOf(of).Pointer(), cqrs.TypeID(of), of)
	}
	for n := range len(types) {
		known, unknown := types[:n], types[n:]
		get := cqrs.TypeTable(known)
		for i, of := range known {
			assert.Equal(t, i+1, get(of), of)
		}
		for _, of := range unknown[:min(3, len(unknown))] {
			assert.Zero(t, get(of), of)
		}
	}
}
