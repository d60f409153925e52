package cqrstest

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Sent returns the messages of type M that were sent, in order, whatever became of them. Those that
// handlers sent are among them.
func Sent[M any](r *Recorder) (all []M) {
	for _, report := range r.Reports() {
		for s := range report.All() {
			if m, is := s.Message.(M); is && s.Kind == cqrs.StepRequest {
				all = append(all, m)
			}
		}
	}
	return all
}

// RequireSent returns the message of type M that was sent. It ends the test unless there was exactly one.
func RequireSent[M any](r *Recorder) M {
	r.t.Helper()
	return one(r, Sent[M](r), "was sent")
}

// Events returns the events of type E that were raised, in order. It leaves out those of requests that
// were rolled back.
func Events[E any](r *Recorder) []E {
	committed, _ := events[E](r)
	return committed
}

// RequireEvent returns the event of type E that was raised. It ends the test unless there was exactly one
// in a request that was not rolled back.
func RequireEvent[E any](r *Recorder) E {
	r.t.Helper()
	committed, rolledBack := events[E](r)
	if len(committed) == 0 && rolledBack > 0 {
		r.t.Fatalf("%v was raised, but its request was rolled back:\n%v", reflect.TypeFor[E](), r)
	}
	return one(r, committed, "was raised")
}

// RequireNoEvent ends the test if an event of type E was raised in a request that was not rolled back.
func RequireNoEvent[E any](r *Recorder) {
	r.t.Helper()
	if n := len(Events[E](r)); n > 0 {
		r.t.Fatalf("%v was raised %s, but must not be:\n%v", reflect.TypeFor[E](), times(n), r)
	}
}

// one returns the only element of all.
func one[T any](r *Recorder, all []T, happened string) (zero T) {
	r.t.Helper()
	switch len(all) {
	case 1:
		return all[0]
	case 0:
		r.t.Fatalf("no %v %s:\n%v", reflect.TypeFor[T](), happened, r)
	default:
		r.t.Fatalf("%v %s %s, not once:\n%v", reflect.TypeFor[T](), happened, times(len(all)), r)
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

// events returns the events of type E, and how many of them were rolled back.
func events[E any](r *Recorder) (committed []E, rolledBack int) {
	var visit func(s *cqrs.Step, lost bool)
	visit = func(s *cqrs.Step, lost bool) {
		lost = lost || s.Kind == cqrs.StepScope && s.Err != nil
		if e, is := s.Message.(E); is && s.Kind == cqrs.StepEvent {
			if lost {
				rolledBack++
			} else {
				committed = append(committed, e)
			}
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
