package cqrstest

import (
	"fmt"
	"strings"
	"time"
)

// ExploreOption configures [ExploreFailures].
type ExploreOption interface {
	fmt.Stringer
	apply(*explorer)
}

type exploreOption struct {
	name string
	set  func(*explorer)
}

func (o exploreOption) apply(x *explorer) { o.set(x) }
func (o exploreOption) String() string    { return o.name }

// Effects has [ExploreFailures] compare what the application does to the world outside: rows in its tables,
// mails that it sends, events in its outbox. read returns that of the application that build returned
// last, as a copy that does not change afterwards; it is compared by reflect.DeepEqual. A request of
// which nothing was committed must not change it, and one that succeeds in spite of a failure, by the
// same handlers, must have the same effects as without one. So read leaves out what differs from run
// to run, such as times. By default nothing is read.
func Effects(read func() any) ExploreOption {
	return exploreOption{"Effects", func(x *explorer) { x.effects = read }}
}

// MayHandle lists steps that may end without the error of a step within them, or return another error
// in its place, such as a middleware that answers from a cache, or a handler that can do without what
// it sends. [ExploreFailures] names steps in its reports: "*app.JoinHandler", "app.Cached". The
// default is none: fallbacks and retries need not be listed.
func MayHandle(steps ...string) ExploreOption {
	return exploreOption{fmt.Sprintf("MayHandle(%s)", strings.Join(steps, ", ")), func(x *explorer) {
		x.handlers = append(x.handlers, steps...)
	}}
}

// MayLeave lists functions whose goroutines may be left when a request has ended, such as those of a
// connection pool: "net/http.(*persistConn).readLoop". See [Recorder.AllowGoroutines]. The default is none.
func MayLeave(functions ...string) ExploreOption {
	return exploreOption{fmt.Sprintf("MayLeave(%s)", strings.Join(functions, ", ")), func(x *explorer) {
		x.leavers = append(x.leavers, functions...)
	}}
}

// Patience sets how long [ExploreFailures] waits for a request to end. Then it cancels the request, reports
// what that is doing, and stops. It waits two seconds at most for the goroutines of a request that has
// ended. The default is ten seconds.
func Patience(d time.Duration) ExploreOption {
	return exploreOption{fmt.Sprintf("Patience(%v)", d), func(x *explorer) { x.patience = d }}
}
