package cqrs

import (
	"math/bits"
	"reflect"
	"unsafe"
)

// typeTable finds values by type. It is filled at start-up, and then safe for concurrent use. A
// lookup takes 2 ns; one in a map takes 12 ns, or 5 ns more by reflect.Type.
type typeTable[V any] struct {
	slots []typeSlot[V] // a power of two of them, more than half of them empty
	shift int           // leaves as many bits of a hash as an index has
}

type typeSlot[V any] struct {
	id    uintptr // by typeID; 0 if the slot is empty
	value V
}

// typeID returns a number for a type: the address of its description, like
// reflect.ValueOf(t).Pointer(), which takes 5 ns more. It is the second word of an interface value.
func typeID(t reflect.Type) uintptr { return uintptr((*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1]) }

// newTypeTable returns an empty table for n types.
func newTypeTable[V any](n int) typeTable[V] {
	size := bits.Len(uint(2 * n))
	return typeTable[V]{make([]typeSlot[V], 1<<size), 64 - size}
}

// slot returns the slot of a type, or the empty one where it belongs. Of types with the same hash,
// the later ones are in the slots behind it.
func (t *typeTable[V]) slot(of reflect.Type) *typeSlot[V] {
	id := typeID(of)
	for i := uint64(id) * golden >> (t.shift & 63); ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.id == id || s.id == 0 {
			return s
		}
	}
}

// get returns the value of a type, or the zero value.
func (t *typeTable[V]) get(of reflect.Type) V { return t.slot(of).value }

func (t *typeTable[V]) set(of reflect.Type, value V) { *t.slot(of) = typeSlot[V]{typeID(of), value} }

// golden spreads numbers that are multiplied by it over the upper bits.
const golden = 0x9E3779B97F4A7C15
