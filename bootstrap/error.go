package bootstrap

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs"
)

// What [New] can find beside the problems that the packages container and cqrs
// describe, for errors.Is.
var (
	ErrNilContainer = errors.New("bootstrap: the container is nil")
	ErrOption       = errors.New("bootstrap: an option is unfit")
	ErrStartup      = errors.New("bootstrap: a start-up function failed")
	ErrMapper       = errors.New("bootstrap: a mapper panicked")
	ErrSharedSource = errors.New("bootstrap: a singleton handler records events")
	ErrScopedAround = errors.New("bootstrap: a scoped middleware stands around the scope")
)

// An Error is all that keeps New from making a mediator. errors.Is and errors.As
// look into every problem.
type Error struct {
	Problems []error
}

func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return "bootstrap: " + e.Problems[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "bootstrap: %d problems:", len(e.Problems))
	for i, p := range e.Problems {
		fmt.Fprintf(&b, "\n  %d. %v", i+1, p)
	}
	return b.String()
}

// Unwrap returns the problems.
func (e *Error) Unwrap() []error { return e.Problems }

// A problem is one that bootstrap itself finds.
type problem struct {
	reason error
	cause  error
	text   string
}

func (p *problem) Error() string { return p.text }

func (p *problem) Unwrap() []error {
	if p.cause == nil {
		return []error{p.reason}
	}
	return []error{p.reason, p.cause}
}

var errNilContainer error = &problem{reason: ErrNilContainer, text: "the container is nil; make one with container.New or container.Wrap"}

func nilOptionError(i int) error {
	return &problem{reason: ErrOption, text: fmt.Sprintf("option %d is nil; leave it out", i+1)}
}

func optionError(o Option, cause error) error {
	return &problem{reason: ErrOption, cause: cause, text: fmt.Sprintf("%v: %v", o, cause)}
}

func startupError(start any, i, n int, cause error) error {
	return &Error{Problems: []error{&problem{reason: ErrStartup, cause: cause, text: fmt.Sprintf(
		"start-up function %d of %d (%s) failed: %v; nothing was started", i+1, n, place(start), cause)}}}
}

func mapperError(mapper any, cause error) error {
	if cause == nil {
		return nil
	}
	return &problem{reason: ErrMapper, cause: cause, text: fmt.Sprintf(
		"the mapper at %s failed: %v; a mapper only binds, so let it do nothing that can fail", place(mapper), cause)}
}

func sharedSourceError(b *cqrs.Binding, handler reflect.Type, where string) error {
	return &problem{reason: ErrSharedSource, text: fmt.Sprintf(
		"the singleton handler %v of %s (%v) records events, which requests would share; leave container.Singleton() out", handler, where, b)}
}

func scopedOutsideError(d cqrs.Dependency) error {
	return &problem{reason: ErrScopedAround, text: fmt.Sprintf(
		"the middleware %v (%s) stands around the scope, but is itself of a scope; leave container.Scoped() or cqrs.AroundScope out", d.Type, d.Where)}
}

// place returns the file:line of a function.
func place(fn any) string {
	pc := reflect.ValueOf(fn).Pointer()
	file, line := runtime.FuncForPC(pc).FileLine(pc)
	return fmt.Sprintf("%s:%d", file, line)
}

func newPanicError(value any) error {
	return &cqrs.PanicError{Value: value, Stack: debug.Stack()}
}
