// What is recorded embeds cqrs.DomainEvent.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type UserJoined struct{}

func record(r *cqrs.EventRecorder) { r.Record(UserJoined{}) }
