package cqrs

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
)

// Codec encodes the events and commands that are stored in an outbox. It must be safe for
// concurrent use. The default is encoding/json; bootstrap.WithCodec sets another.
type Codec interface {
	// Encode encodes a message.
	Encode(message any) ([]byte, error)
	// Decode decodes a message into the one that pointer points to.
	Decode(data []byte, pointer any) error
}

// jsonCodec is the default codec.
type jsonCodec struct{}

func (jsonCodec) Encode(message any) ([]byte, error)    { return json.Marshal(message) }
func (jsonCodec) Decode(data []byte, pointer any) error { return json.Unmarshal(data, pointer) }

// unsuited returns why a type cannot be encoded and decoded again as JSON, with what to do about
// it, or an empty string.
func (c jsonCodec) unsuited(t reflect.Type, decoded bool) string {
	return c.check(t, t.String(), decoded, make(map[reflect.Type]bool))
}

// check is unsuited for the value at path. decoded reports whether the codec also decodes it.
func (c jsonCodec) check(t reflect.Type, path string, decoded bool, seen map[reflect.Type]bool) string {
	if seen[t] || encodesItself(t) {
		return ""
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Sprintf("%s is of type %v, which JSON cannot hold; change it", path, t)
	case reflect.Interface:
		if decoded && t.NumMethod() > 0 {
			return fmt.Sprintf("%s is of the interface type %v, which JSON cannot decode; set Decode", path, t)
		}
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return c.check(t.Elem(), path, decoded, seen)
	case reflect.Map:
		if k := t.Key(); k.Kind() != reflect.String && !isInteger(k) && !encodesItself(k) {
			return fmt.Sprintf("%s has keys of type %v, which JSON cannot hold; change them", path, k)
		}
		return c.check(t.Elem(), path, decoded, seen)
	case reflect.Struct:
		return c.checkFields(t, path, decoded, seen)
	}
	return ""
}

func (c jsonCodec) checkFields(t reflect.Type, path string, decoded bool, seen map[reflect.Type]bool) string {
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Tag.Get("json") == "-" || f.Type.Size() == 0:
			continue
		case !f.IsExported() && !(f.Anonymous && f.Type.Kind() == reflect.Struct): // whose fields may be exported
			return fmt.Sprintf("%s.%s is not exported, so JSON would lose it; export it", path, f.Name)
		}
		if why := c.check(f.Type, path+"."+f.Name, decoded, seen); why != "" {
			return why
		}
	}
	return ""
}

func isInteger(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr }

// encodesItself reports whether a type, or a pointer to it, has methods that encode it.
func encodesItself(t reflect.Type) bool {
	for _, marshaler := range []reflect.Type{
		reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler](),
	} {
		if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
			return true
		}
	}
	return false
}
