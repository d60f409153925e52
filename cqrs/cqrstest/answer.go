package cqrstest

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Answer adds an answer to the command or query Q. Without a result, as for a command that has none, it
// answers with the zero value:
//
//	cqrstest.Answer[GetPrice](s, Price{Cents: 300})
//	cqrstest.Answer[SendMail](s)
//
// Several answers to the same message, or several results, are used in that order; the last one answers
// all further messages of that type.
func Answer[Q cqrs.Request[R], R any](s *Sender, results ...R) {
	if len(results) == 0 {
		results = make([]R, 1)
	}
	where := errtext.Caller()
	for _, result := range results {
		s.add(request[Q](), &answer{where: where, result: func(context.Context, any) (any, error) {
			return result, nil
		}})
	}
}

// AnswerError adds an answer like [Answer] that fails with err.
func AnswerError[Q cqrs.Request[R], R any](s *Sender, err error) {
	s.add(request[Q](), &answer{where: errtext.Caller(), result: func(context.Context, any) (any, error) {
		return nil, err
	}})
}

// AnswerFunc adds an answer like [Answer] that a function gives. It is called once for each message, on the
// goroutine of the sender. If it returns an error, its result is dropped.
func AnswerFunc[Q cqrs.Request[R], R any](s *Sender, f func(ctx context.Context, message Q) (R, error)) {
	a := &answer{where: errtext.Caller()}
	if f == nil {
		s.reject(reflect.TypeFor[Q](), "the function is nil; use cqrstest.Answer for an answer without one")
		return
	}
	a.result = func(ctx context.Context, message any) (any, error) {
		result, err := f(ctx, message.(Q))
		if err != nil {
			return nil, err
		}
		return result, nil
	}
	s.add(request[Q](), a)
}

// AnswerStream adds an answer to the stream S, which yields the items. It is used like an answer of [Answer].
// Each time that the stream is ranged over counts as a message.
func AnswerStream[S cqrs.StreamRequest[T], T any](s *Sender, items ...T) {
	s.add(stream[S](), &answer{where: errtext.Caller(), items: func(context.Context, any) iter.Seq2[any, error] {
		return func(yield func(any, error) bool) {
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}})
}

// AnswerStreamFunc adds an answer like [AnswerStream] that a function gives, as a handler of the stream
// would. An error that it yields is the last item.
func AnswerStreamFunc[S cqrs.StreamRequest[T], T any](
	s *Sender, f func(ctx context.Context, message S) iter.Seq2[T, error],
) {
	a := &answer{where: errtext.Caller()}
	if f == nil {
		s.reject(reflect.TypeFor[S](), "the function is nil; use cqrstest.AnswerStream for an answer without one")
		return
	}
	a.items = func(ctx context.Context, message any) iter.Seq2[any, error] {
		items := f(ctx, message.(S))
		if items == nil {
			return nil
		}
		return func(yield func(any, error) bool) {
			items(func(item T, err error) bool { return yield(item, err) })
		}
	}
	s.add(stream[S](), a)
}

// kind is what is answered. A message may be sent as a stream and as a request.
type kind struct {
	message reflect.Type
	stream  bool
}

func request[M any]() kind { return kind{reflect.TypeFor[M](), false} }
func stream[M any]() kind  { return kind{reflect.TypeFor[M](), true} }

// answer is an answer to a message: result or items, as the kind of the message needs.
type answer struct {
	where  string
	result func(ctx context.Context, message any) (any, error)
	items  func(ctx context.Context, message any) iter.Seq2[any, error]
}

// answers are those to one kind of message.
type answers struct {
	kind
	list []*answer
	used int
}

// next returns the answer to the next message; nil if there is none.
func (a *answers) next() *answer {
	if a == nil {
		return nil
	}
	if a.used < len(a.list) {
		a.used++
	}
	return a.list[a.used-1]
}

func (s *Sender) add(k kind, a *answer) {
	if s.t == nil {
		panic("cqrstest: a Sender was not created with NewSender")
	}
	s.t.Helper()
	switch k.message.Kind() {
	case reflect.Pointer:
		s.reject(k.message, "messages are values; answer "+errtext.ShortName(k.message.Elem()))
		return
	case reflect.Interface:
		s.reject(k.message, "it is an interface; answer each message that implements it")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.answers[k]
	if all == nil {
		all = &answers{kind: k}
		s.answers[k] = all
		s.order = append(s.order, all)
	}
	all.list = append(all.list, a)
}

// reject ends the test because of an answer that is invalid.
func (s *Sender) reject(message reflect.Type, why string) {
	s.t.Helper()
	s.t.Fatalf("cqrstest: cannot answer %s: %s", errtext.ShortName(message), why)
}

// unansweredText says which message has no answer, and how to add one.
func unansweredText(k kind) string {
	name, call := errtext.ShortName(k.message), "Answer"
	if k.stream {
		call = "AnswerStream"
	}
	return fmt.Sprintf("cqrstest: nothing answers %s, sent at %s; add cqrstest.%s[%s](s, ...) before the handler runs",
		name, callSite(), call, name)
}

// callSite returns the file:line of the innermost caller outside of this package and of package cqrs.
func callSite() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	own := []string{reflect.TypeFor[Sender]().PkgPath(), reflect.TypeFor[cqrs.Sender]().PkgPath()}
	for {
		frame, more := frames.Next()
		p := errtext.PlaceOf(frame.Function, frame.File, frame.Line)
		if !more || p.File != "" && !slices.Contains(own, p.Package) {
			return p.String()
		}
	}
}
