package cqrstest

import "github.com/digcqrs/digcqrs/cqrs"

// CheckReport returns what [ExploreFailures] finds wrong with the report of a run without a failure. The
// steps ended in the order of the report.
func CheckReport(report *cqrs.Report) []string {
	x := &explorer{}
	r := &run{x: x, ending: returned, reports: []*cqrs.Report{report}}
	x.first = r
	for s := range report.All() {
		r.log = append(r.log, &entry{step: s, nth: 1, ended: len(r.log) + 1})
	}
	return r.problems()
}
