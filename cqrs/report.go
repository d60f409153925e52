package cqrs

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
	"time"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Report is what happened in one call of a mediator, as a tree of steps. It is complete when it is
// handed out, and does not change afterwards. It must not be modified.
type Report struct {
	Root *Step
	// Preview reports whether the scope was rolled back on purpose; see [Preview].
	Preview bool
}

// Step is one step of a request. The steps within it are those that began before it ended, in the
// order in which they began.
type Step struct {
	Kind StepKind
	// Name is what ran: the handler, the middleware, the constructor, or the method that was called.
	Name  string
	Where string // its file:line, or that of the binding; empty if there is none
	// Message is the request or event; nil for other kinds of steps.
	Message any
	// Binding is that of a message that is sent, of a handler, and of a delivery; nil for others.
	Binding      *Binding
	Subscription string       // of a delivery
	Mode         DeliveryMode // of a delivery
	Cause        reflect.Type // the event whose handlers raised this event, or nil
	Unhandled    bool         // the event has no handler
	Finalizers   int          // that a constructor has returned
	Outcome      error        // that a finalizer has received
	Started      time.Time
	Took         time.Duration
	Err          error
	Steps        []*Step
}

// StepKind is a kind of [Step].
type StepKind string

const (
	StepRequest     StepKind = "request"     // a message that is sent, or another call of a mediator
	StepScope       StepKind = "scope"       // a scope, until its finalizers have run; its error is the outcome
	StepMiddleware  StepKind = "middleware"  // with the steps that it wraps
	StepConstructor StepKind = "constructor" // that the container calls for the request
	StepHandler     StepKind = "handler"     // with what it sends, and with what is built for it
	StepEvent       StepKind = "event"       // an event in the scope, with the handlers that receive it there
	StepDelivery    StepKind = "delivery"    // of an event to a subscription that receives it outside of the scope
	StepJournal     StepKind = "journal"     // storing what is durable, and completing deliveries
	StepFinalizer   StepKind = "finalizer"
)

// All returns the steps of the report, each before those within it.
func (r *Report) All() iter.Seq[*Step] {
	if r == nil || r.Root == nil {
		return func(func(*Step) bool) {}
	}
	return r.Root.All()
}

// All returns the step and those within it, each before those within it.
func (s *Step) All() iter.Seq[*Step] { return func(yield func(*Step) bool) { s.all(yield) } }

func (s *Step) all(yield func(*Step) bool) bool {
	if !yield(s) {
		return false
	}
	for _, within := range s.Steps {
		if !within.all(yield) {
			return false
		}
	}
	return true
}

// String returns the steps, one a line, without what differs between runs and machines. It has the texts
// of errors, but no contents of messages.
func (r *Report) String() string { return r.text(false) }

// Text returns the text of String with the file:line of each step and how long it took.
func (r *Report) Text() string { return r.text(true) }

func (r *Report) text(details bool) string {
	if r == nil || r.Root == nil {
		return "no report\n"
	}
	var b strings.Builder
	r.Root.write(&b, 0, details)
	return b.String()
}

func (s *Step) write(b *strings.Builder, depth int, details bool) {
	b.WriteString(strings.Repeat("  ", depth) + s.String())
	if details {
		fmt.Fprintf(b, " [%v", s.Took)
		if s.Where != "" {
			fmt.Fprintf(b, ", %s", s.Where)
		}
		b.WriteByte(']')
	}
	b.WriteByte('\n')
	for _, within := range s.Steps {
		within.write(b, depth+1, details)
	}
}

// String returns the step in one line, without those within it.
func (s *Step) String() string {
	words := []string{string(s.Kind)}
	add := func(word string) {
		if word != "" {
			words = append(words, word)
		}
	}
	add(s.Name)
	if s.Message != nil {
		add(errtext.ShortName(reflect.TypeOf(s.Message)))
	}
	switch {
	case s.Kind == StepDelivery && s.Mode == DeliveryDurable:
		add(fmt.Sprintf("durable to %q", s.Subscription))
	case s.Kind == StepDelivery:
		add(s.Mode.String())
	}
	if s.Cause != nil {
		add("raised by " + errtext.ShortName(s.Cause))
	}
	line := strings.Join(words, " ")
	switch {
	case s.Unhandled:
		return line + ": unhandled"
	case isPreview(s.Err) && s.Kind == StepScope:
		return line + ": rolled back, as a preview"
	case s.Err == nil || isPreview(s.Err):
		return line
	case s.Kind == StepScope:
		return line + ": rolled back" + s.reason()
	default:
		return line + ": failed" + s.reason()
	}
}

// reason returns the text of the error, unless it comes from a step within this one.
func (s *Step) reason() string {
	for _, within := range s.Steps {
		if within.Err != nil && safe.Contains(s.Err, within.Err) {
			return ""
		}
	}
	return ": " + firstLine(s.Err)
}

// firstLine returns the first line of the text of an error.
func firstLine(err error) string {
	line, _, _ := strings.Cut(errtext.Sprintf("%v", err), "\n")
	return line
}
