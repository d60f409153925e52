package safe

import (
	"fmt"
	"reflect"
	"unicode/utf8"
)

// MaxText is the maximum number of bytes that [Text] returns.
const MaxText = 4096

// Text returns what an error, or any other value that an application panicked
// with, says about itself: the result of its method Error or String, or the value
// of a string, a number or a bool. Of any other value it returns the type, because
// the contents may be secret, or endless. If the method panics, Text says so. A
// long text is cut, as by [Cut].
func Text(v any) string {
	text, ok := said(v)
	if !ok {
		text = silent(v)
	}
	return Cut(text)
}

// said returns the text of a value. It returns false if there is none, or if the
// method that returns it panics.
func said(v any) (text string, ok bool) {
	defer func() { _ = recover() }()
	switch v := v.(type) {
	case nil:
		return "<nil>", true
	case error:
		return v.Error(), true
	case fmt.Stringer:
		return v.String(), true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String(), true
	case reflect.Bool,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return fmt.Sprint(v), true
	default:
		return "", false
	}
}

// silent describes a value that has no text.
func silent(v any) string {
	a := "a"
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		a = "a nil"
	}
	switch v.(type) {
	case error:
		return fmt.Sprintf("%s %T whose method Error panicked", a, v)
	case fmt.Stringer:
		return fmt.Sprintf("%s %T whose method String panicked", a, v)
	default:
		return fmt.Sprintf("%s %T", a, v)
	}
}

// Cut returns a text of at most [MaxText] bytes. It leaves out the middle of a longer
// one: an error begins with what failed, and ends with why.
func Cut(text string) string {
	if len(text) <= MaxText {
		return text
	}
	const remark = "... (9223372036854775807 more bytes) ..."
	first := (MaxText - len(remark)) / 2
	last := len(text) - first
	for first > 0 && !utf8.RuneStart(text[first]) {
		first--
	}
	for last < len(text) && !utf8.RuneStart(text[last]) {
		last++
	}
	return fmt.Sprintf("%s... (%d more bytes) ...%s", text[:first], last-first, text[last:])
}
