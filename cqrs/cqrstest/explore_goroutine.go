package cqrstest

import (
	"bytes"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

const (
	labelKey = "cqrstest" // of the goroutines of a request, which those that they start inherit
	maxWait  = 2 * time.Second
)

// leftovers waits for the goroutines with a label to end, and returns the stacks of those that do not.
func (x *explorer) leftovers(label string, wait time.Duration) []string {
	left := x.goroutines(label)
	for pause, waited := 50*time.Microsecond, time.Duration(0); len(left) > 0 && waited < wait; pause *= 2 {
		<-time.After(pause)
		waited += pause
		left = x.goroutines(label)
	}
	return left
}

// goroutines returns the stacks of the goroutines with a label, without those that may be left.
func (x *explorer) goroutines(label string) (stacks []string) {
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
	want := `"` + labelKey + `":"` + label + `"`
	for _, group := range strings.Split(all.String(), "\n\n") {
		_, group, labelled := strings.Cut(group, "\n# labels: ")
		labels, stack, _ := strings.Cut(group, "\n")
		if labelled && strings.Contains(labels, want) && !slices.ContainsFunc(x.leavers, func(function string) bool {
			return strings.Contains(stack, "\t"+function+"+")
		}) {
			stacks = append(stacks, tidy(stack))
		}
	}
	return stacks
}

// tidy returns the functions of a stack with their file:line, one a line.
func tidy(stack string) string {
	var b strings.Builder
	for line := range strings.Lines(stack) {
		fields := strings.Fields(line) // #, the address, the function, the file:line
		if len(fields) < 4 {
			continue
		}
		function := fields[2]
		if i := strings.LastIndex(function, "+0x"); i > 0 {
			function = function[:i]
		}
		b.WriteString("\n\t" + function + " " + fields[3])
	}
	return b.String()
}
