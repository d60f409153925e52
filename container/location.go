package container

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// A location is where a constructor was written.
type location struct {
	function string // with the last element of its package: "app.NewTx"
	file     string
	line     int
	text     string // replaces the three above, where an option gave it
}

func locate(fn reflect.Value) location {
	pc := fn.Pointer()
	f := runtime.FuncForPC(pc)
	if f == nil {
		return location{function: "unknown function"}
	}
	file, line := f.FileLine(pc)
	name := f.Name()
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	return location{function: name, file: file, line: line}
}

// String returns "app.NewTx (tx.go:12)", with the file as the compiler knows it.
func (l location) String() string {
	if l.text != "" {
		return l.text
	}
	return fmt.Sprintf("%s (%s:%d)", l.function, l.file, l.line)
}
