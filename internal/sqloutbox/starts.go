package sqloutbox

import (
	"sync"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// startsLast is how long claims do not look at what is due before the last one.
const startsLast = time.Second

// starts are due times at which claims begin. While there is a backlog, a claim would otherwise walk over
// the index entries of all deliveries that were completed before and are not vacuumed yet, and
// over those that are leased. It is only a matter of speed: what became claimable before the
// start, such as a record that was committed late, is found when there is no backlog, or after a second.
type starts struct {
	mu   sync.Mutex
	from map[string]start // by subscription
}

type start struct {
	due   int64
	since time.Time // when deliveries before it were looked for
}

// rows returns subscription, limit and start of each want, and which of them do not start at the beginning.
func (s *starts) rows(wants []outbox.Want) (rows [][]any, skipped map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range wants {
		if w.Limit <= 0 {
			continue
		}
		from, ok := s.from[w.Subscription]
		if ok && time.Since(from.since) > startsLast {
			delete(s.from, w.Subscription)
			from, ok = start{}, false
		}
		if ok {
			if skipped == nil {
				skipped = map[string]bool{}
			}
			skipped[w.Subscription] = true
		}
		rows = append(rows, []any{w.Subscription, w.Limit, from.due})
	}
	return rows, skipped
}

// update remembers where the next claims begin: where this one did if it is full. It returns the rows
// for what a claim has to look for from the beginning because there was less after its start than wanted.
func (s *starts) update(wants []outbox.Want, all []claimed, skipped map[string]bool) (missing [][]any) {
	counts, first := map[string]int{}, map[string]int64{}
	for _, d := range all {
		if counts[d.Subscription]++; counts[d.Subscription] == 1 {
			first[d.Subscription] = d.due
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range wants {
		if w.Limit <= 0 {
			continue
		}
		n := counts[w.Subscription]
		if n < w.Limit {
			delete(s.from, w.Subscription)
			if skipped[w.Subscription] {
				missing = append(missing, []any{w.Subscription, w.Limit - n, int64(0)})
			}
			continue
		}
		from, ok := s.from[w.Subscription]
		if !ok {
			from.since = time.Now()
		}
		from.due = first[w.Subscription]
		if s.from == nil {
			s.from = map[string]start{}
		}
		s.from[w.Subscription] = from
	}
	return missing
}
