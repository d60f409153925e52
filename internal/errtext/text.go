package errtext

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// Text is a text that has not been written yet. An error struct embeds it, so that
// the texts of other errors can quote it.
type Text struct {
	pkg    string
	format string
	args   []any
}

// New returns a text of a package. It begins with the name of the package, unless a
// text of the same package quotes it. The arguments are those of fmt.Sprintf. Types, a
// Text, a [List], a [Quotable] and errors are written in their own way: the texts of
// errors are shortened.
func New(pkg, format string, args ...any) Text { return Text{pkg, format, args} }

// Part returns a text that is an argument of another text.
func Part(format string, args ...any) Text { return Text{"", format, args} }

// Sprintf returns a text without the name of a package.
func Sprintf(format string, args ...any) string { return Write(Part(format, args...)) }

// Write returns the text.
func Write(t Text) string { return write(t, "%v") }

// Format implements fmt.Formatter for an error. The verb %+v writes the causes of
// the text with %+v as well: those of dig then have several lines.
func Format(s fmt.State, verb rune, t Text) {
	switch {
	case verb == 'v' && s.Flag('+'):
		_, _ = fmt.Fprint(s, write(t, "%+v"))
	case verb == 'v':
		_, _ = fmt.Fprint(s, Write(t))
	default:
		_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), Write(t))
	}
}

// Quotable is an argument with a text of its own that mentions types.
type Quotable interface{ Quote() Text }

// texter is implemented by errors that embed a Text.
type texter interface {
	error
	text() Text
}

func (t Text) text() Text { return t }

// textOf returns the text that an error embeds, if any.
func textOf(err error) (t Text, ok bool) {
	defer func() { _ = recover() }() // of a nil pointer
	if e, is := err.(texter); is {
		return e.text(), true
	}
	return Text{}, false
}

// types calls visit for each type that appears in the text.
func (t Text) types(visit func(reflect.Type)) {
	for _, arg := range t.args {
		typesOf(arg, visit)
	}
}

func typesOf(arg any, visit func(reflect.Type)) {
	switch arg := arg.(type) {
	case reflect.Type:
		visit(arg)
	case Text:
		arg.types(visit)
	case Quotable:
		arg.Quote().types(visit)
	case List:
		for _, item := range arg.shown() {
			typesOf(item, visit)
		}
	case error:
		if t, ok := textOf(arg); ok {
			t.types(visit)
		}
	}
}

// writer writes a text and the texts that it quotes.
type writer struct {
	names Names
	cause string // the verb for causes
}

func write(t Text, cause string) string {
	w := writer{names: make(Names), cause: cause}
	t.types(w.names.Add)
	return w.text(t, "")
}

// text writes a text within one of a package.
func (w *writer) text(t Text, within string) string {
	pkg := t.pkg
	if pkg == "" {
		pkg = within
	}
	args := make([]any, len(t.args))
	for i, arg := range t.args {
		args[i] = w.arg(arg, pkg)
	}
	text := fmt.Sprintf(t.format, args...)
	if pkg != within {
		text = pkg + ": " + text
	}
	return text
}

func (w *writer) arg(arg any, within string) any {
	switch arg := arg.(type) {
	case reflect.Type:
		return w.names.Name(arg)
	case Text:
		return w.text(arg, within)
	case Quotable:
		return w.text(arg.Quote(), within)
	case List:
		return w.list(arg, within)
	case error:
		return safe.Cut(w.error(arg, within))
	default:
		return arg
	}
}

// error writes the text of an error, without the package if the text that quotes it is
// of the same package.
func (w *writer) error(err error, within string) string {
	t, ok := textOf(err)
	switch {
	case ok:
		return w.text(t, within)
	case w.cause == "%v":
		return quoted(safe.Text(err), within)
	default: // which fmt guards as well
		return quoted(fmt.Sprintf(w.cause, err), within)
	}
}

func quoted(text, within string) string {
	return withoutGenerated(strings.TrimPrefix(text, within+": "))
}
