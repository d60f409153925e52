package middleware

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Fields collects what is wrong with the fields of a message, in Validate. The
// zero value is empty and ready. It is not safe for concurrent use.
//
//	func (c BookRoom) Validate(context.Context) error {
//		var f middleware.Fields
//		if c.Guests < 1 {
//			f.Add("guests", "must be at least 1")
//		}
//		f.AddError("period", c.Period.Validate())
//		return f.Err()
//	}
type Fields struct {
	all []*FieldError
}

// Add notes a problem of a field. It becomes part of an error, which may be
// logged somewhere: do not quote what is secret.
func (f *Fields) Add(field, problem string) { f.AddError(field, errors.New(problem)) }

// AddError notes an error of a field, or nothing if it is nil. If the error is a
// [FieldError], or several and nothing else, as that of a Validate which uses
// Fields itself, these are noted in its place, with the field before their names:
// "period.until".
func (f *Fields) AddError(field string, err error) {
	if err == nil {
		return
	}
	inner, only := onlyFields(err)
	if !only {
		f.all = append(f.all, &FieldError{field, err})
		return
	}
	for _, e := range inner {
		f.all = append(f.all, &FieldError{field + "." + e.Field, e.Err})
	}
}

// Err returns nil if nothing was noted, or else an error with each [FieldError]
// in its chain. Of more than 6 its text has the first and the last 3.
func (f *Fields) Err() error {
	if len(f.all) == 0 {
		return nil
	}
	return &fieldsError{slices.Clone(f.all)}
}

// A fieldsError is what Err returns.
type fieldsError struct{ all []*FieldError }

func (e *fieldsError) Error() string { return errtext.Sprintf("%v", errtext.Join(e.all, ", ")) }

func (e *fieldsError) Unwrap() []error {
	errs := make([]error, len(e.all))
	for i, f := range e.all {
		errs[i] = f
	}
	return errs
}

// fieldsIn returns what is said of fields anywhere in the chain of an error, in
// order.
func fieldsIn(err error) []FieldError {
	isField := func(err error) bool { _, is := err.(*FieldError); return is }
	var all []FieldError
	for e := range safe.TreeTo(isField, err) {
		if f, is := e.(*FieldError); is && f != nil {
			all = append(all, *f)
		}
	}
	return all
}

// onlyFields returns what is said of fields, if an error has nothing else in its
// chain. The text that fmt.Errorf puts before it does not count.
func onlyFields(err error) (all []FieldError, only bool) {
	switch e := err.(type) {
	case *FieldError:
		return fieldsIn(e), e != nil
	case *fieldsError:
		return fieldsIn(e), true
	}
	if t := reflect.TypeOf(err); t != wrapErrorType && t != joinErrorType {
		return nil, false // it says more
	}
	for _, one := range safe.Unwrap(err) {
		inner, only := onlyFields(one)
		if !only {
			return nil, false
		}
		all = append(all, inner...)
	}
	return all, len(all) > 0
}

// The types of errors that only wrap others.
var (
	wrapErrorType = reflect.TypeOf(fmt.Errorf("%w", ErrInvalid))
	joinErrorType = reflect.TypeOf(errors.Join(ErrInvalid))
)
