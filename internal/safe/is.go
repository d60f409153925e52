package safe

import "reflect"

// Is is errors.Is, but a method or a comparison that panics matches nothing.
func Is(err, target error) bool {
	if err == nil || target == nil {
		return err == target
	}
	for e := range Tree(err) {
		if equal(e, target) || saysIs(e, target) {
			return true
		}
	}
	return false
}

// As is errors.AsType, but a method that panics matches nothing.
func As[E error](err error) (E, bool) {
	for e := range Tree(err) {
		if found, ok := e.(E); ok {
			return found, true
		}
		if method, ok := e.(interface{ As(any) bool }); ok {
			if found, ok := saysAs[E](method); ok {
				return found, true
			}
		}
	}
	var none E
	return none, false
}

// Contains reports whether target itself, as compared by [Same], is err or is wrapped by
// it. Unlike [Is], it calls no method Is, and it distinguishes two errors that cannot be
// compared even if their contents are equal.
func Contains(err, target error) bool {
	if err == nil || target == nil {
		return err == target
	}
	for e := range Tree(err) {
		if Same(e, target) {
			return true
		}
	}
	return false
}

// Same reports whether two errors are the same: a == b, or, if they cannot be
// compared, whether they share their slices and maps and are otherwise equal.
// Functions cannot be distinguished, so errors that contain any are never the same.
func Same(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	return equal(a, b) || same(reflect.ValueOf(a), reflect.ValueOf(b))
}

// same compares two values of one type. It follows neither pointers nor slices,
// so it ends.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Slice:
		return a.UnsafePointer() == b.UnsafePointer() && a.Len() == b.Len()
	case reflect.Map:
		return a.UnsafePointer() == b.UnsafePointer()
	case reflect.Func:
		return a.IsNil() && b.IsNil()
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Array:
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() && b.IsNil()
		}
		return a.Elem().Type() == b.Elem().Type() && same(a.Elem(), b.Elem())
	default:
		return a.Equal(b)
	}
}

// equal is ==, which panics for values that cannot be compared.
func equal(a, b error) (is bool) {
	defer func() { _ = recover() }()
	return a == b
}

func saysIs(err, target error) (is bool) {
	method, ok := err.(interface{ Is(error) bool })
	if !ok {
		return false
	}
	defer func() { _ = recover() }()
	return method.Is(target)
}

func saysAs[E error](method interface{ As(any) bool }) (found E, ok bool) {
	to := new(E)
	defer func() { _ = recover() }()
	if method.As(to) {
		return *to, true
	}
	return found, false
}
