package randomapp_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/digcqrs/digcqrs/cqrs"
)

// sender sends on behalf of handlers.
type sender interface {
	send(ctx context.Context, m *message) (any, error)
	stream(ctx context.Context, m *message) iter.Seq2[int, error]
	publish(ctx context.Context, events []*message) error
}

// mediator runs requests: it is that of package cqrs or the model.
type mediator interface {
	sender
	publishTo(ctx context.Context, m *message, b *binding) error
	run(ctx context.Context, do func(context.Context, sender) error) error
	receive(ctx context.Context, e stored) error
	done(err error) bool
	eventErrors(err error) []*cqrs.EventError
}

// world runs an application with a mediator and keeps a journal. It is the code of the
// application, which does not know the mediator.
type world struct {
	app      *application
	mediator mediator
	real     bool // with goroutines; the model does everything in order

	request *request // the one being served
	cancel  context.CancelFunc

	mu      sync.Mutex
	journal []string
	seen    map[string]bool // for the census
	passed  map[place]int
	built   map[string]int
	builds  int // in this request
	closes  int // in this request
	errors  int
	emptied map[*message]bool            // streams whose handler succeeded, perhaps without items
	streams map[*message]context.Context // that of their handlers

	kept   []*kept
	forked []*forked
	stored []stored
	pulled []*pulled
	left   []*left
}

// place is a handler or a middleware on the route of a message.
type place struct {
	route *route
	layer int // -1 for a handler
	leaf  leaf
}

func newWorld(app *application) *world {
	return &world{
		app: app, seen: make(map[string]bool), passed: make(map[place]int), built: make(map[string]int),
		emptied: make(map[*message]bool), streams: make(map[*message]context.Context),
	}
}

// Names of the values that constructors build and handlers use.
const usesNothing = "nothing"

func handlerName(l leaf) string { return fmt.Sprintf("handler %d", l) }
func layerName(id int) string   { return fmt.Sprintf("layer %d", id) }
func usesInner(n int) string    { return fmt.Sprintf("inner#%d", n) }
func usesOuter(n int) string    { return fmt.Sprintf("outer#%d", n) }

// note adds a line to the journal.
func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal = append(w.journal, fmt.Sprintf(format, args...))
}

// saw notes in the census that something happened.
func (w *world) saw(what fmt.Stringer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[what.String()] = true
}

// visit returns the number of earlier visits to a place. Where the order of deliveries is
// undefined, each visit counts as the first.
func (w *world) visit(p place) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.app.concurrency > 1 {
		return 0
	}
	w.passed[p]++
	return w.passed[p] - 1
}

// number returns a number for an error of the application.
func (w *world) number() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors++
	return w.errors
}

// setProducer keeps the context of the handler of a stream.
func (w *world) setProducer(m *message, ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.streams[m] = ctx
}

// producer returns the context of the handler of a stream.
func (w *world) producer(m *message) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.streams[m]
}

// later adds to a list of values that are used once they have expired.
func later[T any](w *world, list *[]T, what T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*list = append(*list, what)
}

// lostError is the log message of an error that nobody receives.
const lostError = "error that nobody received"

// noContext is the context of a constructor that has none.
var noContext context.Context

// construct does what constructors do. It returns the number of the value among those of its name.
func (w *world) construct(ctx context.Context, name string) (int, error) {
	w.mu.Lock()
	w.built[name]++
	w.builds++
	n, f := w.built[name], w.request.builds[w.builds]
	w.mu.Unlock()
	w.note("build %s#%d%s", name, n, w.astray(ctx))
	return n, w.fail(f)
}

// finalize does what finalizers do.
func (w *world) finalize(ctx context.Context, name string, n int, outcome error) error {
	w.mu.Lock()
	w.closes++
	f := w.request.closes[w.closes]
	w.mu.Unlock()
	ends := ""
	if ctx.Err() != nil {
		ends = " with a cancelled context"
	}
	w.note("close %s#%d: %s%s%s", name, n, describe(outcome), w.astray(ctx), ends)
	return w.fail(f)
}

type requestKey struct{}

// astray notes it if ctx belongs to a request other than the one being served.
func (w *world) astray(ctx context.Context) string {
	if ctx != nil && ctx.Value(requestKey{}) != w.request {
		return " with the context of another request"
	}
	return ""
}

// outcome describes err, and what a mediator reports about it.
func (w *world) outcome(err error) string {
	if err == nil || !w.mediator.done(err) {
		return describe(err)
	}
	failed := []string{"done but " + describe(err)}
	for _, e := range w.mediator.eventErrors(err) {
		failed = append(failed, eventError(e))
	}
	if w.app.concurrency > 1 {
		slices.Sort(failed[1:])
	}
	return strings.Join(failed, "; ")
}
