package bootstrap

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/panics"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// These are the problems that [New] finds itself, for errors.Is. The packages container
// and cqrs describe the others.
var (
	ErrNilContainer  = errors.New("bootstrap: container is nil")
	ErrOption        = errors.New("bootstrap: invalid option")
	ErrStartup       = errors.New("bootstrap: startup function failed")
	ErrMapper        = errors.New("bootstrap: mapper panicked")
	ErrModule        = errors.New("bootstrap: a module cannot provide its constructors")
	ErrSharedSource  = errors.New("bootstrap: singleton handler records events")
	ErrMediatorCycle = errors.New("bootstrap: the mediator depends on itself")
	ErrAroundScope   = errors.New("bootstrap: scoped middleware wraps the scope")
	ErrSharedJournal = errors.New("bootstrap: the journal is a singleton")
)

// Error reports everything that prevents New from creating a mediator. errors.Is and
// errors.As examine every problem. If there are more than 50 problems, the text shows the
// first 25 and the last 25; %+v prints errors of dig in their long form.
type Error struct {
	Problems []error
}

func (e *Error) Error() string { return errtext.Write(e.text()) }

// Format implements fmt.Formatter.
func (e *Error) Format(s fmt.State, verb rune) { errtext.Format(s, verb, e.text()) }

func (e *Error) text() errtext.Text {
	if len(e.Problems) == 1 {
		return newText("%v", e.Problems[0])
	}
	return newText("%d problems:%v", len(e.Problems), errtext.Numbered(e.Problems))
}

func newText(format string, args ...any) errtext.Text {
	return errtext.New("bootstrap", format, args...)
}

// Unwrap returns the problems.
func (e *Error) Unwrap() []error { return e.Problems }

// text is embedded by problems so that an Error can quote them.
type text = errtext.Text

// problem is a problem that bootstrap itself finds. Its text is always quoted by an Error.
type problem struct {
	reason error
	cause  error
	text
}

func newProblem(reason, cause error, format string, args ...any) *problem {
	return &problem{reason: reason, cause: cause, text: errtext.Part(format, args...)}
}

func (p *problem) Error() string { return errtext.Write(p.text) }

func (p *problem) Unwrap() []error {
	if p.cause == nil {
		return []error{p.reason}
	}
	return []error{p.reason, p.cause}
}

var errNilContainer error = newProblem(ErrNilContainer, nil,
	"the container is nil; create one with container.New or container.Wrap")

func mediatorCycleError(s step) error {
	return &Error{Problems: []error{newProblem(ErrMediatorCycle, nil,
		"something asks for *cqrs.Mediator while it is being made; %s", s.advice())}}
}

func nilOptionError(i int) error {
	return newProblem(ErrOption, nil, "option %d is nil; remove it", i+1)
}

func optionError(o Option, cause error) error {
	return newProblem(ErrOption, cause, "%v: %v", o, cause)
}

func startupError(module string, start any, i, n int, cause error) error {
	return &Error{Problems: []error{newProblem(ErrStartup, cause,
		"%vstartup function %d of %d (%v) failed: %v; no mediator was created",
		inModule(module), i+1, n, errtext.Locate(start), cause)}}
}

func mapperError(module string, mapper any, cause error) error {
	if cause == nil {
		return nil
	}
	return newProblem(ErrMapper, cause, "%vthe mapper (%v) failed: %v; a mapper should only bind handlers",
		inModule(module), errtext.Locate(mapper), cause)
}

func moduleError(module string, cause error) error {
	return newProblem(ErrModule, cause, "%v%v", inModule(module), cause)
}

// otherModuleError is for a module of which Describe has provided other constructors.
func otherModuleError(m, described listed) error {
	return fmt.Errorf("the module listed at %s has other constructors than the one listed at %s, which bootstrap.Describe has "+
		"provided to the container; pass the same Module value to both, or use another container "+
		"(a function literal that is evaluated again is another constructor)", m.at, described.at)
}

// inModule begins the text of a problem of a module. The application itself has no name.
func inModule(name string) text {
	if name == "" {
		return errtext.Part("")
	}
	return errtext.Part("module %s: ", name)
}

func sharedSourceError(b *cqrs.Binding, handler reflect.Type, where string) error {
	return newProblem(ErrSharedSource, nil,
		"the singleton handler %v from %s (%v) records events, which all requests would share; remove container.Singleton()",
		handler, where, boundAt(b))
}

func aroundScopeError(r wiring.Root) error {
	return newProblem(ErrAroundScope, nil,
		"%v (%s) wraps the scope but is itself scoped; remove container.Scoped() or cqrs.AroundScope",
		r.Type, r.Bound)
}

func sharedJournalError(r wiring.Root) error {
	return newProblem(ErrSharedJournal, nil,
		"%s is a singleton, but a journal belongs to the transaction of one request; provide it with container.Scoped()",
		r.Bound)
}

// boundAt describes where a message is bound.
func boundAt(b *cqrs.Binding) text {
	if b.Module() != "" {
		return errtext.Part("bound to %v at %s in module %s", b.Message(), b.Where(), b.Module())
	}
	return errtext.Part("bound to %v at %s", b.Message(), b.Where())
}

// newPanicError must be called by the deferred function that recovered the panic. The
// value is nil after panic(nil).
func newPanicError(value any) error {
	if value == nil {
		value = new(runtime.PanicNilError)
	}
	return &cqrs.PanicError{Value: value, Stack: debug.Stack(), Site: panics.Site()}
}
