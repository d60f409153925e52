// Package panics finds where a panic came from. It imports the standard library
// only, so that package cqrs may import it.
package panics

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// Site returns the file:line of the innermost function of the application at the time of
// a panic: outside of the standard library and of the packages with the given paths. It
// is called by the deferred function that recovered the panic, or by one that this
// calls. If there is no such function it returns the line that panicked.
func Site(except ...string) string {
	pcs := make([]uintptr, 64)
	pcs = pcs[:runtime.Callers(2, pcs)]
	frames := runtime.CallersFrames(pcs)
	library, first, panicking := standardLibrary(), "", false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		switch {
		case inRuntime && !panicking: // the frames above are those of the deferred functions
			panicking = frame.Function == "runtime.gopanic"
		case !panicking || inRuntime:
		case library != "" && strings.HasPrefix(frame.File, library), isOf(frame.Function, except):
			if first == "" {
				first = fmt.Sprintf("%s:%d", frame.File, frame.Line)
			}
		default:
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
		if !more {
			return first
		}
	}
}

// isOf reports whether a function belongs to one of the packages.
func isOf(function string, packages []string) bool {
	return slices.ContainsFunc(packages, func(path string) bool { return strings.HasPrefix(function, path+".") })
}

// standardLibrary returns the folder of the source of the standard library, or "" if
// the program was built with -trimpath, which removes it.
func standardLibrary() string {
	pc := reflect.ValueOf(strings.TrimSuffix).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	folder, ok := strings.CutSuffix(file, "strings/strings.go")
	if !ok {
		return ""
	}
	return folder
}
