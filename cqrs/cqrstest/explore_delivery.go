package cqrstest

import (
	"fmt"

	"github.com/digcqrs/digcqrs/cqrs"
)

// deliveryProblems checks that nothing was delivered without a commit.
func (r *run) deliveryProblems(t *tree) (problems []string) {
	stored, durable := map[string]bool{}, map[string]bool{} // by the file:line of the binding
	for _, known := range []*run{r.x.first, r} {
		if known == nil {
			continue
		}
		for _, report := range known.reports {
			for s := range report.All() {
				if s.Kind == cqrs.StepDelivery && s.Mode == cqrs.DeliveryDurable {
					durable[s.Where] = true
				}
			}
		}
	}
	for _, s := range t.all {
		if s.Kind != cqrs.StepDelivery {
			continue
		}
		own := t.up[s] // what the delivery needs to have committed
		verb := "was delivered"
		if s.Mode == cqrs.DeliveryDurable {
			own, verb = t.scope(s), "was stored"
			if own == nil || !mayHaveCommitted(own) {
				continue
			}
			stored[s.Where] = true
		} else if own != nil && !t.committedBefore(own, s) {
			problems = append(problems, fmt.Sprintf("%v was delivered, but no scope has committed before; expected the "+
				"event to be dropped", s))
		}
		for around := own; around != nil; around = t.up[around] {
			if around != own && around.Kind == cqrs.StepScope && !mayHaveCommitted(around) {
				problems = append(problems, fmt.Sprintf("%v %s, but it belongs to a request that was rolled back; "+
					"expected no delivery. A handler that sends or publishes through the mediator instead of its "+
					"cqrs.Sender opens a request of its own, which commits first", s, verb))
				break
			}
		}
	}
	for _, s := range t.all {
		if s.Kind == cqrs.StepHandler && durable[s.Where] && !stored[s.Where] && t.root(s).Name == "Deliver" {
			problems = append(problems, fmt.Sprintf("a relay delivered to %v, but no request that stored it has "+
				"committed; expected the journal to write in the transaction of the request", s))
		}
	}
	return problems
}

// committedBefore reports whether a scope within around has committed before a delivery there.
func (t *tree) committedBefore(around, delivery *cqrs.Step) bool {
	for _, s := range around.Steps {
		if s == delivery {
			return false
		}
		for s := range s.All() {
			if s.Kind == cqrs.StepScope && s.Err == nil {
				return true
			}
		}
	}
	return false
}
