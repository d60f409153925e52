package randomapp_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs"
)

// doneError is the error of a request that is done although after-scope deliveries
// failed.
type doneError struct{ failed []*cqrs.EventError }

func (e *doneError) Error() string   { return fmt.Sprint("done, but ", len(e.failed), " failed") }
func (e *doneError) Unwrap() []error { return asErrors(e.failed) }

func asErrors(failed []*cqrs.EventError) (errs []error) {
	for _, e := range failed {
		errs = append(errs, e)
	}
	return errs
}

// foreignError is the error of another request, which a handler returned as its own.
type foreignError struct{ err error }

func (e *foreignError) Error() string { return "of another request" }
func (e *foreignError) Unwrap() error { return e.err }

// doneBut returns the doneError that err is, or wraps.
func doneBut(err error) *doneError {
	switch e := err.(type) {
	case *doneError:
		return e
	case *wrapped:
		return doneBut(e.cause)
	default:
		return nil
	}
}

func (*model) done(err error) bool                      { return err == nil || doneBut(err) != nil }
func (*model) eventErrors(err error) []*cqrs.EventError { return doneBut(err).failed }

// failure returns an error that the application returned as the error of this request.
func failure(err error) error {
	if doneBut(err) != nil {
		return &foreignError{err}
	}
	return err
}

// lose notes that an error is logged because nobody receives it, unless it only says that
// the consumer stopped or a goroutine ended.
func (m *model) lose(err error) {
	only := true
	collect(err, func(what string) {
		only = only && (what == sentinels[cqrs.ErrStreamStopped] || what == sentinels[cqrs.ErrExit] || strings.HasPrefix(what, "wrapped "))
	})
	if m.world.app.logs && !only {
		m.world.note(lostError)
	}
}

// join joins two errors, if there are two.
func join(err, other error) error {
	switch {
	case err == nil:
		return other
	case other == nil:
		return err
	default:
		return errors.Join(err, other)
	}
}

// guard calls f. A panic of the application becomes an error. unwinds is the panic that
// must continue: an exit, or that of a consumer.
func guard(f func() (any, error)) (result, unwinds any, err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case exit{}:
			result, unwinds, err = nil, v, cqrs.ErrExit
		case consumerPanic{}:
			result, unwinds, err = nil, v, cqrs.ErrStreamStopped
		default:
			result, err = nil, &cqrs.PanicError{Value: v}
		}
	}()
	result, err = f()
	return result, nil, err
}

// guarded is guard, but continues a panic that unwinds.
func guarded(f func() (any, error)) (any, error) {
	result, unwinds, err := guard(f)
	if unwinds != nil {
		panic(unwinds)
	}
	return result, err
}
