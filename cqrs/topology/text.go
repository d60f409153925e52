package topology

import (
	"fmt"
	"strings"
)

// String returns the description as text.
func (a Application) String() string {
	var b strings.Builder
	for _, r := range a.Requests {
		fmt.Fprintf(&b, "%s %s (%s)\n", r.Kind, r.Message, r.Where)
		for _, h := range r.Plan.Handlers() {
			fmt.Fprintf(&b, "  handler %s\n", h.Type)
		}
	}
	for _, e := range a.Events {
		fmt.Fprintf(&b, "event %s\n", e.Message)
		for _, s := range e.Subscriptions {
			for _, h := range s.Plan.Handlers() {
				fmt.Fprintf(&b, "  handler %s %s (%s)\n", h.Type, s.Mode, s.Where)
			}
		}
	}
	return b.String()
}
