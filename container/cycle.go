package container

import (
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// isCycle is dig.IsCycleDetected for an error that may have one of the application in
// its tree, whose methods may panic or have no end. A cycle wraps nothing.
func isCycle(err error) (is bool) {
	for e := range safe.Tree(err) {
		if len(safe.Unwrap(e)) > 0 {
			continue
		}
		if safe.Do(func() { is = dig.IsCycleDetected(e) }); is {
			return true
		}
	}
	return false
}
