package randomapp_test

// profile sets what is frequent in an application. Some mistakes show only where several
// rare things meet; a profile draws nothing else then.
type profile struct {
	actions []action
	steps   []stepKind
	then    []reaction
	limits  []int // of events
	acts    int   // one in so many middleware does something with a message
	faults  int   // one in so many bodies ends with a fault
	around  int   // one in so many middleware is around the scope
	after   int   // one in so many bindings of events is after the scope
	events  []int // numbers of bindings of an event
	forks   bool  // always concurrent
}

var (
	// anything has everything.
	anything = profile{
		actions: allActions(),
		steps: []stepKind{
			records, sends, yields, sends, records, publishes, yields, begins,
			callsLate, forks, joins, pulls, reads, cancels, sends, joins,
		},
		then:   []reaction{returnsIt, ignoresIt, wrapsIt, ignoresIt},
		limits: []int{1000, 1000, 1000, 1000, 1000, 1, 2, 4},
		acts:   4, faults: 4, around: 2, after: 2, events: []int{1, 2, 1, 0},
	}
	// limits has events that lead to others, with attempts that fail and a low event limit.
	limits = profile{
		actions: []action{retries, callsTwice, swallows, failsAfter},
		steps:   []stepKind{records, publishes, sends, records},
		then:    []reaction{ignoresIt, ignoresIt, returnsIt, ignoresIt},
		limits:  []int{2, 3, 2, 4},
		acts:    4, faults: 4, around: 2, after: 2, events: []int{1, 2, 1, 2},
	}
	// forking has handlers that send from goroutines while events are handled.
	forking = profile{
		actions: []action{passes, retries, keepsNext, leavesNext, failsLeaving},
		steps:   []stepKind{records, forks, joins, sends, joins, records, forks, pulls},
		then:    []reaction{ignoresIt, ignoresIt, returnsIt, ignoresIt},
		limits:  []int{1, 2, 1, 3},
		acts:    4, faults: 8, around: 2, after: 4, events: []int{1, 2, 1, 0}, forks: true,
	}
	// tries has middleware that calls next again, early and late, around other middleware that fails.
	tries = profile{
		actions: []action{
			retries, callsTwice, returnsFirst, keepsNext, usesKept, failsAfter, swallows, callsAtOnce, leavesNext,
			failsLeaving,
		},
		steps:  []stepKind{records, callsLate, sends, yields},
		then:   []reaction{returnsIt, ignoresIt},
		limits: []int{1000},
		acts:   2, faults: 4, around: 4, after: 4, events: []int{1, 2, 1, 0},
	}
	// deliveries has requests that are done although after-scope deliveries failed.
	deliveries = profile{
		actions: []action{returnsFirst, callsTwice, wraps, passes, swallows, returnsFirst, failsAfter, retries},
		steps:   []stepKind{records, records, sends, begins},
		then:    []reaction{returnsIt, returnsIt, wrapsIt, ignoresIt},
		limits:  []int{1000},
		acts:    2, faults: 2, around: 1, after: 1, events: []int{1, 2},
	}
)

func allActions() (all []action) {
	for a := range actions {
		all = append(all, a)
	}
	return all
}
