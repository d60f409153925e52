package container

import (
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// isCycle is dig.IsCycleDetected for an error whose tree may contain errors of the
// application, with methods that panic or never end. A cycle wraps nothing.
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
