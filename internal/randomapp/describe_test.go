package randomapp_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

var sentinels = map[error]string{
	cqrs.ErrExit: "exit", cqrs.ErrStreamStopped: "stopped", cqrs.ErrRequestEnded: "ended",
	cqrs.ErrNotHandled: "not handled", cqrs.ErrResultType: "wrong result", cqrs.ErrUnhandledEvent: "unhandled",
	cqrs.ErrNilStream: "nil stream", cqrs.ErrConstructing: "constructing",
	context.Canceled: "cancelled", cqrs.ErrLeaseLost: "lease lost",
}

// describe returns all errors in the tree of err, each once, sorted. It compares them by
// identity rather than with errors.Is, for which some errors of the application are equal.
func describe(err error) string {
	if err == nil {
		return "ok"
	}
	var found []string
	collect(err, func(what string) { found = append(found, what) })
	slices.Sort(found)
	found = slices.Compact(found)
	return "{" + strings.Join(found, ", ") + "}"
}

func collect(err error, found func(string)) {
	switch e := err.(type) {
	case nil:
	case *plainError, *typedError:
		found(e.Error())
	case *brokenError:
		found("broken")
	case listError:
		found(e.Error())
		collectAll(e, found)
	case *wrapped:
		found(e.Error())
		collect(e.cause, found)
	case *cqrs.PanicError:
		collectPanic(e.Value, found)
	case *container.Error:
		collect(e.Cause, found)
	case *cqrs.NoHandlerError:
		found("no handler")
	case *cqrs.EventLimitError:
		found("limit")
	case *cqrs.EventError:
		found(eventError(e))
		collect(e.Err, found)
	case interface{ Unwrap() []error }:
		collectAll(e.Unwrap(), found)
	default:
		for sentinel, name := range sentinels {
			if err == sentinel {
				found(name)
				return
			}
		}
		inner := errors.Unwrap(err)
		if inner == nil {
			found(fmt.Sprintf("%T", err)) // neither the application's nor documented
		}
		collect(inner, found)
	}
}

func collectAll(errs []error, found func(string)) {
	for _, err := range errs {
		collect(err, found)
	}
}

func collectPanic(value any, found func(string)) {
	err, is := value.(error)
	_, late := value.(yieldPanic)
	switch {
	case late || reflect.TypeOf(err) == reflect.TypeOf(cqrs.ErrExit):
		found("panic(late yield)")
	case is:
		collect(err, func(what string) { found("panic(" + what + ")") })
	default:
		found(fmt.Sprintf("panic(%v)", value))
	}
}

// eventError describes e without its cause.
func eventError(e *cqrs.EventError) string {
	where := "in scope"
	if e.Delivery == cqrs.DeliveryAfterScope {
		where = "after scope"
	}
	missed := ""
	for _, t := range e.NotDelivered {
		missed += " " + typeNames[t]
	}
	return fmt.Sprintf("event m%d of %q %s, missed%s", e.Value.(carrier).carried().id, e.Subscription, where, missed)
}
