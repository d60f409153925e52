package outbox

import (
	"fmt"
	"time"
)

// RelayOption configures a [Relay].
type RelayOption interface {
	fmt.Stringer
	apply(*settings) error
}

type settings struct {
	workers   int
	lease     time.Duration
	retry     RetryPolicy
	retryFor  map[string]RetryPolicy
	grace     time.Duration
	pollMin   time.Duration
	pollMax   time.Duration
	retention time.Duration // 0 to keep delivered records
	upkeep    time.Duration // how often to repair and purge
}

type option struct {
	name string
	set  func(*settings) error
}

func (o option) String() string          { return o.name }
func (o option) apply(s *settings) error { return o.set(s) }

func defaults() settings {
	return settings{
		workers: 4, lease: 30 * time.Second, grace: 10 * time.Second,
		pollMin: 50 * time.Millisecond, pollMax: time.Second, upkeep: time.Minute,
		retryFor: make(map[string]RetryPolicy),
	}
}

// Workers sets how many deliveries, or batches, of one subscription a relay makes at the same
// time. Subscriptions do not wait for each other. The default is 4. A store with a single
// writer, such as SQLite, makes one at a time, whatever the number.
func Workers(n int) RelayOption {
	return option{fmt.Sprintf("Workers(%d)", n), func(s *settings) error {
		if n < 1 {
			return fmt.Errorf("a subscription needs a worker; use 1 or more")
		}
		s.workers = n
		return nil
	}}
}

// Lease sets how long a delivery belongs to the relay that has claimed it. The relay extends the
// lease while it works, so that another one takes over only if this one has stopped. The default is
// 30 seconds, and the minimum one second.
func Lease(d time.Duration) RelayOption {
	return option{fmt.Sprintf("Lease(%v)", d), func(s *settings) error {
		if d < time.Second {
			return fmt.Errorf("the lease is too short to be extended in time; use one second or more")
		}
		s.lease = d
		return nil
	}}
}

// Retry sets the retry policy of all subscriptions without one of their own. Fields that are zero
// have their default.
func Retry(p RetryPolicy) RelayOption {
	return option{"Retry", func(s *settings) error {
		s.retry = p
		return p.check()
	}}
}

// RetryFor sets the retry policy of one subscription.
func RetryFor(subscription string, p RetryPolicy) RelayOption {
	return option{fmt.Sprintf("RetryFor(%q)", subscription), func(s *settings) error {
		s.retryFor[subscription] = p
		return p.check()
	}}
}

func (p RetryPolicy) check() error {
	if p.Attempts < 0 || p.Initial < 0 || p.Max < 0 {
		return fmt.Errorf("a field of the policy is negative; use 0 for the default")
	}
	return nil
}

// Grace sets how long [Relay.Run] waits for the deliveries in flight when its context ends, before
// it cancels their contexts. The default is 10 seconds.
func Grace(d time.Duration) RelayOption {
	return option{fmt.Sprintf("Grace(%v)", d), func(s *settings) error {
		if d < 0 {
			return fmt.Errorf("the time is negative; use 0 to cancel at once")
		}
		s.grace = d
		return nil
	}}
}

// Poll sets how often an idle relay looks for deliveries that another process has stored: after
// the shortest wait at first, and then less and less often, down to the longest. The default is 50
// milliseconds and one second. What the relay's own process stores is delivered at once.
func Poll(shortest, longest time.Duration) RelayOption {
	return option{fmt.Sprintf("Poll(%v, %v)", shortest, longest), func(s *settings) error {
		if shortest <= 0 || longest < shortest {
			return fmt.Errorf("the waits must be positive, and the longest no shorter than the shortest")
		}
		s.pollMin, s.pollMax = shortest, longest
		return nil
	}}
}

// Retention has the relay delete records that were stored longer ago and are delivered to all
// subscriptions. Dead letters are kept. By default nothing is deleted.
func Retention(d time.Duration) RelayOption {
	return option{fmt.Sprintf("Retention(%v)", d), func(s *settings) error {
		if d <= 0 {
			return fmt.Errorf("the time must be positive; remove the option to keep everything")
		}
		s.retention = d
		return nil
	}}
}
