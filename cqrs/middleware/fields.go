package middleware

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Fields collects the field errors of a message in its Validate method. The zero value is
// empty and ready to use. Fields is not safe for concurrent use.
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

// Add records a problem with a field. The problem becomes part of an error that may be
// logged: do not quote secrets.
func (f *Fields) Add(field, problem string) { f.AddError(field, errors.New(problem)) }

// AddError records an error of a field; it ignores nil. If err is a [FieldError], or
// consists of several of them and nothing else, like the error of a Validate method that
// uses Fields, AddError records these instead and prefixes their names with the field:
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

// Err returns nil if nothing was recorded, and otherwise an error that wraps each
// [FieldError]. If there are more than 6, its text shows the first 3 and the last 3.
func (f *Fields) Err() error {
	if len(f.all) == 0 {
		return nil
	}
	return &fieldsError{slices.Clone(f.all)}
}

// fieldsError is the type of the error that Err returns.
type fieldsError struct{ all []*FieldError }

func (e *fieldsError) Error() string { return errtext.Sprintf("%v", errtext.Join(e.all, ", ")) }

func (e *fieldsError) Unwrap() []error {
	errs := make([]error, len(e.all))
	for i, f := range e.all {
		errs[i] = f
	}
	return errs
}

// fieldsIn returns all field errors in the tree of an error, in order.
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

// onlyFields returns the field errors of err if its tree contains nothing else. Text that
// fmt.Errorf adds is ignored.
func onlyFields(err error) (all []FieldError, only bool) {
	switch e := err.(type) {
	case *FieldError:
		return fieldsIn(e), e != nil
	case *fieldsError:
		return fieldsIn(e), true
	}
	if t := reflect.TypeOf(err); t != wrapErrorType && t != joinErrorType {
		return nil, false // there is another error
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

// These are the types of errors that only wrap others.
var (
	wrapErrorType = reflect.TypeOf(fmt.Errorf("%w", ErrInvalid))
	joinErrorType = reflect.TypeOf(errors.Join(ErrInvalid))
)
