package cqrs

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Durable makes a subscription durable: its events are stored by the [Journal] in the
// transaction of the request that recorded them, and a relay, such as that of package
// cqrs/outbox, delivers each of them later in a scope of its own, until the handler succeeds
// or the attempts are used up. Each event needs a name: see [RegisterEvent].
//
// name identifies the subscription in the database, so it must stay the same when the handler
// is renamed. It is also the name for [Mediator.PublishTo], which stores the event for this
// subscription only. It has at most 200 bytes, no control characters, and must not begin with
// "command:". A name that is invalid, or that another subscription has, is a [*BindError].
func Durable(name string, opts ...DurableOption) EventOption { return durableOption{name, opts} }

// DurableOption configures a durable subscription.
type DurableOption interface {
	fmt.Stringer
	applyToDurable(*durable)
}

// durable is how a durable subscription receives events.
type durable struct {
	inOrder bool
	batch   int
}

type durableOption struct {
	name string
	opts []DurableOption
}

func (d durableOption) applyToEvent(b *Binding) {
	b.deliverBy(DeliveryDurable)
	b.name, b.durable = d.name, durable{batch: 1}
	for _, opt := range d.opts {
		if opt != nil {
			opt.applyToDurable(&b.durable)
		}
	}
}

func (d durableOption) String() string {
	text := []string{fmt.Sprintf("%q", d.name)}
	for _, opt := range d.opts {
		text = append(text, fmt.Sprint(opt))
	}
	return "Durable(" + strings.Join(text, ", ") + ")"
}

// InOrder delivers events with the same key one after the other, in the order in which
// they were stored. An event that fails holds back those with its key until it succeeds or
// becomes a dead letter; events with other keys do not wait. The key comes from the [EventType],
// which must have one. By default events are delivered in parallel, in no particular order.
func InOrder() DurableOption { return inOrder{} }

type inOrder struct{}

func (inOrder) applyToDurable(d *durable) { d.inOrder = true }
func (inOrder) String() string            { return "InOrder()" }

// InBatches delivers up to n events in one scope, and so in one transaction; each is handled
// by a handler of its own. If one of them fails, the scope is rolled back and they are delivered
// one by one. Middleware around the scope then wraps each event within the common scope, as in
// [Mediator.Run]. The default is 1, and a smaller n a [*BindError].
func InBatches(n int) DurableOption { return inBatches(n) }

type inBatches int

func (n inBatches) applyToDurable(d *durable) { d.batch = int(n) }
func (n inBatches) String() string            { return fmt.Sprintf("InBatches(%d)", int(n)) }

// commandPrefix begins the names of the subscriptions by which scheduled commands are stored.
const commandPrefix = "command:"

// check returns an error if the subscription is durable and its name or batch is invalid.
func (d durable) check(b *Binding) error {
	const longest = 200
	switch {
	case b.delivery != DeliveryDurable:
		return nil
	case b.name == "":
		return bindError(nil, b, "durable subscription of %v has no name; choose one that stays the same", b.handler)
	case len(b.name) > longest:
		return bindError(nil, b, "the name of the durable subscription of %v has %d bytes; use at most %d",
			b.handler, len(b.name), longest)
	case !utf8.ValidString(b.name) || strings.ContainsFunc(b.name, unicode.IsControl):
		return bindError(nil, b, "the name %q of a durable subscription has invalid characters; use printable text", b.name)
	case strings.HasPrefix(b.name, commandPrefix):
		return bindError(nil, b, "the name %q of a durable subscription begins with %q, as scheduled commands do; "+
			"choose another", b.name, commandPrefix)
	case d.batch < 1:
		return bindError(nil, b, "a batch of %d events is invalid for %v; use InBatches with 1 or more", d.batch, b.handler)
	default:
		return nil
	}
}

// isDurable reports whether a binding is a durable subscription.
func (b *Binding) isDurable() bool { return b.delivery == DeliveryDurable }

// deliverBy sets the delivery mode of a subscription. Two modes exclude each other.
func (b *Binding) deliverBy(d DeliveryMode) {
	b.ambiguous = b.ambiguous || b.delivery != DeliveryInScope && b.delivery != d
	b.delivery = d
}

var journalType = reflect.TypeFor[Journal]()
