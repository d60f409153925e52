package cqrstest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/digcqrs/digcqrs/internal/callstack"
)

// leaks finds the goroutines that requests have started. It labels the goroutine that carries out a step,
// since those that it starts inherit the label.
type leaks struct {
	label   string
	labels  context.Context
	mu      sync.Mutex
	allowed []string
}

// leakLabel is the key of the label.
const leakLabel = "cqrstest"

var lastLabel atomic.Int64

func newLeaks() *leaks {
	id := fmt.Sprint(lastLabel.Add(1))
	return &leaks{
		label:  fmt.Sprintf("%q:%q", leakLabel, id),
		labels: pprof.WithLabels(context.Background(), pprof.Labels(leakLabel, id)),
	}
}

// run carries out a step, or a request with its steps.
func (l *leaks) run(_ any, do func() error) error {
	pprof.SetGoroutineLabels(l.labels)
	defer func() {
		if isNestedRun() { // the outer step goes on
			pprof.SetGoroutineLabels(l.labels)
		} else {
			pprof.SetGoroutineLabels(context.Background())
		}
	}()
	return do()
}

// isNestedRun reports whether the run that is ending is within another one.
func isNestedRun() bool { return callstack.Count(callstack.EntryOf((*leaks).run)) > 1 }

func (l *leaks) allow(functions []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.allowed = append(l.allowed, functions...)
}

// leftover is a stack of goroutines that are left.
type leftover struct {
	count     int
	functions string // with their file:line, one a line
}

// find returns the stacks of the goroutines that are left. It waits for those that are ending.
func (l *leaks) find() []leftover {
	const patience = 2 * time.Second
	for waited, wait := time.Duration(0), time.Millisecond; ; wait *= 2 {
		left := l.running()
		if len(left) == 0 || waited > patience {
			return left
		}
		time.Sleep(wait)
		waited += wait
	}
}

func (l *leaks) running() (stacks []leftover) {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		isAllowed := func(function string) bool { return strings.Contains(stack, function) }
		if strings.Contains(stack, l.label) && !slices.ContainsFunc(l.allowed, isAllowed) {
			stacks = append(stacks, leftover{countOf(stack), functionsOf(stack)})
		}
	}
	return stacks
}

// countOf returns how many goroutines have a stack. Its text begins with the number, after the heading of
// the profile in the first one.
func countOf(stack string) int {
	for line := range strings.Lines(stack) {
		count, _, found := strings.Cut(line, " @ ")
		if n, err := strconv.Atoi(count); found && err == nil {
			return n
		}
	}
	return 1
}

// functionsOf returns the functions of a stack with their file:line, one a line.
func functionsOf(stack string) string {
	var lines []string
	for line := range strings.Lines(stack) {
		if fields := strings.Fields(line); len(fields) == 4 && fields[0] == "#" {
			function, _, _ := strings.Cut(fields[2], "+0x")
			lines = append(lines, fmt.Sprintf("\t%s %s", function, fields[3]))
		}
	}
	return strings.Join(lines, "\n")
}
