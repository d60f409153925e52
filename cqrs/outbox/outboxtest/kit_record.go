package outboxtest

import (
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

// event returns a record for unordered subscriptions.
func event(name string, to ...string) cqrs.Record {
	r := cqrs.Record{ID: uuid.New(), Name: name, Payload: []byte(`{"name":"` + name + `"}`)}
	for _, subscription := range to {
		r.To = append(r.To, cqrs.Destination{Subscription: subscription})
	}
	return r
}

// keyed returns a record for ordered subscriptions.
func keyed(name, key string, to ...string) cqrs.Record {
	r := event(name, to...)
	r.Key = key
	for i := range r.To {
		r.To[i].InOrder = true
	}
	return r
}

// inOrder returns an ordered subscription.
func inOrder(subscription string) cqrs.Destination {
	return cqrs.Destination{Subscription: subscription, InOrder: true}
} // scheduled returns a record to be delivered later.
func scheduled(name string, due time.Time, to string) cqrs.Record {
	r := event(name, to)
	r.Due = due
	return r
}

func claims(ds ...outbox.Delivery) []cqrs.Claim {
	var cs []cqrs.Claim
	for _, d := range ds {
		cs = append(cs, d.Claim)
	}
	return cs
}

func wants(limit int, subscriptions ...string) []outbox.Want {
	var list []outbox.Want
	for _, s := range subscriptions {
		list = append(list, outbox.Want{Subscription: s, Limit: limit})
	}
	return list
}

func names(ds []outbox.Delivery) []string {
	list := []string{}
	for _, d := range ds {
		list = append(list, d.Name)
	}
	return list
}

func recordNames(rs []cqrs.Record) []string {
	list := []string{}
	for _, r := range rs {
		list = append(list, r.Name)
	}
	return list
}
