// Package callstack inspects the stack of the calling goroutine.
package callstack

import (
	"iter"
	"reflect"
	"runtime"
	"slices"
)

// EntryOf returns the address at which a function begins.
func EntryOf(f any) uintptr { return reflect.ValueOf(f).Pointer() }

// Entries returns the entry address of each function on the stack of the caller, innermost
// first, beginning with the function that calls Entries. The address of a function that the
// compiler has inlined is that of its caller.
func Entries() iter.Seq[uintptr] {
	const skip = 2 // runtime.Callers and Entries
	pcs := make([]uintptr, 128)
	n := runtime.Callers(skip, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 4*len(pcs))
		n = runtime.Callers(skip, pcs)
	}
	return func(yield func(uintptr) bool) {
		frames := runtime.CallersFrames(pcs[:n])
		for {
			frame, more := frames.Next()
			if !yield(frame.Entry) || !more {
				return
			}
		}
	}
}

// Count returns how many calls of the functions that begin at the given entries are on the stack of the
// caller.
func Count(functions ...uintptr) (n int) {
	for entry := range Entries() {
		if slices.Contains(functions, entry) {
			n++
		}
	}
	return n
}

// Has reports whether a call of the function that begins at the given entry is on the stack of the caller.
func Has(function uintptr) bool {
	for entry := range Entries() {
		if entry == function {
			return true
		}
	}
	return false
}
