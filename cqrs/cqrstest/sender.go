package cqrstest

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"sync"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Sender is a fake [cqrs.Sender] for the test of one handler. It answers what the handler sends with
// [Answer] and similar functions, and keeps what was sent and published, without delivering
// it. Create it with [NewSender]; it is safe for concurrent use.
//
// A message that nothing answers fails the test, and its sender gets a [*cqrs.NoHandlerError]. A message that
// no real Sender takes, such as a pointer, gets the same error as from a real one.
type Sender struct {
	sender // Send, Publish, and what makes it a cqrs.Sender
	t      TB

	mu          sync.Mutex
	answers     map[kind]*answers
	order       []*answers // as they were added first
	sent        []any
	published   []cqrs.Event
	allowUnused bool
}

// sender hides the field.
type sender = cqrs.Sender

// NewSender returns a Sender without answers. When the test ends it fails if an answer was not used;
// see [Sender.AllowUnused].
func NewSender(t TB) *Sender {
	t.Helper()
	s := &Sender{t: t, answers: make(map[kind]*answers)}
	s.sender = cqrs.NewFakeSender(fake{s})
	t.Cleanup(s.reportUnused)
	return s
}

// Sent returns the commands, queries and streams that were sent, in order, those without an answer
// included. [Sent] and [RequireSent] return those of one type.
func (s *Sender) Sent() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Published returns the events that were published, in order. [Events] and [RequireEvent] return those of
// one type. Events that the handler records are not among them: its method Events returns these.
func (s *Sender) Published() []cqrs.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.published)
}

// AllowUnused keeps the test from failing if an answer was not used, for answers that several tests share.
func (s *Sender) AllowUnused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowUnused = true
}

// String returns the types of what was sent and published, one a line.
func (s *Sender) String() string {
	text := ""
	for _, m := range s.Sent() {
		text += fmt.Sprintf("sent %T\n", m)
	}
	for _, e := range s.Published() {
		text += fmt.Sprintf("published %T\n", e)
	}
	return text
}

func (s *Sender) test() TB        { return s.t }
func (s *Sender) messages() []any { return s.Sent() }

func (s *Sender) events() (committed, rolledBack []any) {
	for _, e := range s.Published() {
		committed = append(committed, e)
	}
	return committed, nil
}

// take adds a message to those that were sent, and returns its answer. It fails the test if there is
// none.
func (s *Sender) take(message any, stream bool) (*answer, error) {
	k := kind{reflect.TypeOf(message), stream}
	s.mu.Lock()
	s.sent = append(s.sent, message)
	a := s.answers[k].next()
	s.mu.Unlock()
	if a == nil {
		s.t.Helper()
		s.t.Errorf("%s", unansweredText(k))
		return nil, &cqrs.NoHandlerError{Message: k.message}
	}
	return a, nil
}

// reportUnused fails the test for each answer that was not used.
func (s *Sender) reportUnused() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.allowUnused {
		return
	}
	for _, all := range s.order {
		for _, a := range all.list[all.used:] {
			s.t.Errorf("cqrstest: %s was not sent, or not often enough, for its answer at %s; "+
				"remove the answer, or call AllowUnused", errtext.ShortName(all.message), a.where)
		}
	}
}

// fake is what package cqrs calls.
type fake struct{ s *Sender }

func (f fake) Answer(ctx context.Context, message any) (any, error) {
	f.s.t.Helper()
	a, err := f.s.take(message, false)
	if err != nil {
		return nil, err
	}
	return a.result(ctx, message)
}

func (f fake) AnswerStream(ctx context.Context, message any) iter.Seq2[any, error] {
	f.s.t.Helper()
	a, err := f.s.take(message, true)
	if err != nil {
		return func(yield func(any, error) bool) { yield(nil, err) }
	}
	return a.items(ctx, message)
}

func (f fake) Publish(_ context.Context, events []cqrs.Event) error {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	f.s.published = append(f.s.published, events...)
	return nil
}
