package randomapp_test

import (
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each application behaves the same with the mediator of this module and with the model.
// The test is not parallel: it counts the goroutines of the process.
func TestMediator_BehavesLikeItsModel(t *testing.T) {
	goroutines, seen := runtime.NumGoroutine(), make(census)
	rapid.Check(t, func(t *rapid.T) {
		app := drawApplication.Draw(t, "application")
		want := newModel(app)
		want.serveAll()
		got, err := newRealWorld(app)
		if err != nil {
			t.Logf("%v", err)
			t.Fatal("the application does not start")
		}
		serveInTime(t, got)
		if app.concurrency > 1 {
			want.disorder()
			got.disorder()
		}
		compare(t, want.journal, got.journal)
		for start := time.Now(); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
			if time.Since(start) > patience {
				t.Logf("%s", stacks())
				t.Fatal("goroutines are left")
			}
		}
		seen.add(want)
	})
	seen.check(t)
}

// patience is how long the test waits for goroutines that should have ended.
const patience = 10 * time.Second

func serveInTime(t *rapid.T, w *world) {
	served := make(chan struct{})
	go func() {
		defer close(served)
		w.serveAll()
	}()
	select {
	case <-served:
	case <-time.After(patience):
		w.mu.Lock()
		defer w.mu.Unlock()
		t.Logf("%s\n%s", strings.Join(w.journal, "\n"), stacks())
		t.Fatal("the application hangs")
	}
}

func stacks() []byte {
	all := make([]byte, 1<<20)
	return all[:runtime.Stack(all, true)]
}

// numbers matches the numbers of values and errors, which depend on the order.
var numbers = regexp.MustCompile(`(#|plain |typed |text |wrapped )\d+`)

// disorder removes the order from the journal.
func (w *world) disorder() {
	for i, line := range w.journal {
		w.journal[i] = numbers.ReplaceAllString(line, "${1}n")
	}
	slices.Sort(w.journal)
}

// compare fails if the journals differ, and shows them side by side. Its failure message is
// always the same, since rapid would not shrink the case otherwise.
func compare(t *rapid.T, want, got []string) {
	same := 0
	for same < len(want) && same < len(got) && want[same] == got[same] {
		same++
	}
	if same == len(want) && same == len(got) {
		return
	}
	for _, line := range want[:same] {
		t.Logf("both    %s", line)
	}
	for _, line := range want[same:] {
		t.Logf("model   %s", line)
	}
	for _, line := range got[same:] {
		t.Logf("module  %s", line)
	}
	t.Fatal("the module is not like its model")
}
