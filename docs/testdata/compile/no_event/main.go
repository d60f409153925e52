// Command no_event does not compile: it records a struct that is not an event.
package main

import "github.com/digcqrs/digcqrs/cqrs"

type UserJoined struct{ User string }

func main() {
	var recorder cqrs.EventRecorder
	recorder.Record(UserJoined{User: "Ann"})
}
