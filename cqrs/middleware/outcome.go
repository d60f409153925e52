package middleware

import (
	"github.com/digcqrs/digcqrs/cqrs"
)

// isFailure tells whether an error says that a message was not handled, and not
// only that the consumer of a stream stopped, or that after-scope handlers failed.
func isFailure(b *cqrs.Binding, err error) bool {
	return err != nil && !isStop(b, err) && !isSideEffect(b, err)
}

func isStop(b *cqrs.Binding, err error) bool {
	return b.Kind() == cqrs.KindStream && cqrs.Cause(err) == cqrs.ErrStreamStopped
}

// isSideEffect tells whether only after-scope handlers failed. The error of an
// event's handler can only be that of another request.
func isSideEffect(b *cqrs.Binding, err error) bool {
	return err != nil && b.Kind() != cqrs.KindEvent && cqrs.Done(err)
}

// isPanic tells whether an error is a panic of the handler or around it, and not
// that of another message which the handler sent.
func isPanic(b *cqrs.Binding, err error) bool {
	p, ok := cqrs.Cause(err).(*cqrs.PanicError)
	return ok && p.Message == b.Message()
}
