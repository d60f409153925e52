package cqrstest

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Log is a [Recorder] or a [Sender].
type Log interface {
	fmt.Stringer
	test() TB
	messages() []any                       // that were sent
	events() (committed, rolledBack []any) // that were raised
}

// Sent returns the messages of type M that were sent, in order, whatever became of them. Those that
// handlers sent are among them.
func Sent[M any](l Log) []M { return only[M](l.messages()) }

// RequireSent returns the message of type M that was sent. It ends the test unless there was exactly one.
func RequireSent[M any](l Log) M {
	l.test().Helper()
	return one(l, Sent[M](l), "was sent")
}

// Events returns the events of type E that were raised, or published through a [Sender], in order. It
// leaves out those of requests that were rolled back.
func Events[E cqrs.Event](l Log) []E {
	committed, _ := l.events()
	return only[E](committed)
}

// RequireEvent returns the event of type E that was raised. It ends the test unless there was exactly one
// in a request that was not rolled back.
func RequireEvent[E cqrs.Event](l Log) E {
	l.test().Helper()
	committed, rolledBack := l.events()
	if len(only[E](committed)) == 0 && len(only[E](rolledBack)) > 0 {
		l.test().Fatalf("%v was raised, but its request was rolled back:\n%v", reflect.TypeFor[E](), l)
	}
	return one(l, only[E](committed), "was raised")
}

// RequireNoEvent ends the test if an event of type E was raised in a request that was not rolled back.
func RequireNoEvent[E cqrs.Event](l Log) {
	l.test().Helper()
	if t := reflect.TypeFor[E](); t.Kind() == reflect.Pointer {
		l.test().Fatalf("%v is never raised, since messages are values; ask for %v", t, t.Elem())
		return
	}
	if n := len(Events[E](l)); n > 0 {
		l.test().Fatalf("%v was raised %s, but must not be:\n%v", reflect.TypeFor[E](), times(n), l)
	}
}

// only returns the elements of type T.
func only[T any](all []any) (some []T) {
	for _, x := range all {
		if t, is := x.(T); is {
			some = append(some, t)
		}
	}
	return some
}

// one returns the only element of all.
func one[T any](l Log, all []T, happened string) (zero T) {
	l.test().Helper()
	switch len(all) {
	case 1:
		return all[0]
	case 0:
		l.test().Fatalf("no %v %s:\n%v", reflect.TypeFor[T](), happened, l)
	default:
		l.test().Fatalf("%v %s %s, not once:\n%v", reflect.TypeFor[T](), happened, times(len(all)), l)
	}
	return zero
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	default:
		return fmt.Sprintf("%d times", n)
	}
}

func (r *Recorder) test() TB { return r.t }

func (r *Recorder) messages() (all []any) {
	for _, report := range r.Reports() {
		for s := range report.All() {
			if s.Kind == cqrs.StepRequest {
				all = append(all, s.Message)
			}
		}
	}
	return all
}

func (r *Recorder) events() (committed, rolledBack []any) {
	var visit func(s *cqrs.Step, lost bool)
	visit = func(s *cqrs.Step, lost bool) {
		if s.Kind == cqrs.StepScope { // a request of its own within another one commits on its own
			lost = s.Err != nil
		}
		switch {
		case s.Kind != cqrs.StepEvent:
		case lost:
			rolledBack = append(rolledBack, s.Message)
		default:
			committed = append(committed, s.Message)
		}
		for _, within := range s.Steps {
			visit(within, lost)
		}
	}
	for _, report := range r.Reports() {
		visit(report.Root, false)
	}
	return committed, rolledBack
}

// RequireOrder ends the test unless there is a step for each of the given texts, in that order: one whose
// line in [Recorder.String] contains the text. There may be others in between.
func (r *Recorder) RequireOrder(texts ...string) {
	r.t.Helper()
	next := 0
	for line := range strings.Lines(r.String()) {
		if next < len(texts) && strings.Contains(line, texts[next]) {
			next++
		}
	}
	switch {
	case next == 0 && next < len(texts):
		r.t.Fatalf("there is no step %q:\n%v", texts[0], r)
	case next < len(texts):
		r.t.Fatalf("there is no step %q after %q:\n%v", texts[next], texts[next-1], r)
	}
}

// RequireTree ends the test unless the text of all reports is that of a file. With the environment
// variable CQRSTEST_UPDATE=1, it writes the file instead.
func (r *Recorder) RequireTree(file string) {
	r.t.Helper()
	got := r.String()
	if os.Getenv("CQRSTEST_UPDATE") != "" {
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if err == nil {
			err = os.WriteFile(file, []byte(got), 0o644)
		}
		if err != nil {
			r.t.Fatalf("cqrstest: %v", err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatalf("cqrstest: %v; create it with CQRSTEST_UPDATE=1", err)
		return
	}
	if line, is := firstDifference(string(want), got); is {
		r.t.Fatalf("line %d is not that of %s; got:\n%s\nwant:\n%s", line, file, got, want)
	}
}

// firstDifference returns the number of the first line in which two texts differ.
func firstDifference(a, b string) (line int, differ bool) {
	if a == b {
		return 0, false
	}
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return i + 1, true
		}
	}
	return min(len(as), len(bs)) + 1, true
}
