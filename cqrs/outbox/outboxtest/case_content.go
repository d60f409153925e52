package outboxtest

import (
	"bytes"
	"maps"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func contentCases() []suiteCase {
	return []suiteCase{{
		"a delivery returns what was written",
		"A payload may be binary or signed, so it may not change by a byte. Headers contain the trace context. " +
			"Names, subscriptions and keys are any text.",
		func(k *kit) {
			for name, change := range contents() {
				r := event("a", "mail")
				change(&r)
				k.write(r)
				k.checkContent(name, r, k.claimOne(r.To[0].Subscription, r))
			}
		},
	}, {
		"keys, names and subscriptions are compared byte by byte",
		"Databases with another collation take \"a\" for \"A\", \"ä\" or \"a \": a key would wait for a stranger's " +
			"failure, and a relay would receive what belongs to another subscription.",
		func(k *kit) {
			similar := []string{"a", "A", "ä", "a ", "á", "a\u0301"}
			var records []cqrs.Record
			for _, key := range similar {
				records = append(records, keyed(key, key, "rooms"))
			}
			k.write(records...)
			for i, d := range k.claimNow("rooms", records...) {
				k.checkContent(records[i].Name, records[i], d)
				k.kill(d)
			}
			for _, name := range similar {
				if letters := k.letters(outbox.Filter{Event: name}); len(letters) != 1 || letters[0].Event != name {
					k.Fatalf("there are %d dead letters with the name %q, want 1", len(letters), name)
				}
				r := event("of "+name, name)
				k.write(r)
				k.claimOne(name, r)
			}
		},
	}, {
		"an empty key is a key like any other",
		"If the store did not order the events without a key, an application whose Key function returns an empty " +
			"text by mistake would lose its order without notice.",
		func(k *kit) {
			a, b, c := keyed("a", "", "rooms"), keyed("b", "", "rooms"), keyed("c", "key", "rooms")
			k.write(a, b, c)
			ds := k.claimNow("rooms", a, c)
			k.must(k.complete(ds[0]))
			k.claimOne("rooms", b)
		},
	}}
}

// contents returns changes to a record, by what they are.
func contents() map[string]func(*cqrs.Record) {
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}
	return map[string]func(*cqrs.Record){
		"an empty payload":             func(r *cqrs.Record) { r.Payload = nil },
		"a payload of all byte values": func(r *cqrs.Record) { r.Payload = everyByte },
		"a payload with spaces":        func(r *cqrs.Record) { r.Payload = []byte("{ \"b\": 1.0,\n \"a\": 1e2 }") },
		"a payload of 1 MB":            func(r *cqrs.Record) { r.Payload = bytes.Repeat(everyByte, 4096) },
		"no headers":                   func(r *cqrs.Record) { r.Headers = map[string]string{} },
		"a name in Unicode":            func(r *cqrs.Record) { r.Name = "встреча.会议 🚪'\"`;--%_\\" },
		"a subscription with a slash":  func(r *cqrs.Record) { r.To[0].Subscription = "mail/daily" },
		"a subscription in Unicode":    func(r *cqrs.Record) { r.To[0].Subscription = "почта 🚪'\"`;--%_\\" },
		"a key in Unicode":             func(r *cqrs.Record) { r.Key, r.To[0] = "房间 🚪'\"`;--%_\\", inOrder("keyed") },
		"a key of 255 bytes":           func(r *cqrs.Record) { r.Key, r.To[0] = strings.Repeat("k", 255), inOrder("long") },
		"a key without InOrder":        func(r *cqrs.Record) { r.Key = "key" },
		"headers": func(r *cqrs.Record) {
			r.Headers = map[string]string{
				"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
				"":            "empty", "empty": "", "quote\"'\\": "line\nbreak", "ключ": "値 🚪",
			}
		},
	}
}

// checkContent compares a delivery with its record, which contains what.
func (k *kit) checkContent(what string, want cqrs.Record, got outbox.Delivery) {
	k.Helper()
	switch {
	case got.RecordID != want.ID || got.Name != want.Name:
		k.Fatalf("%s: got the record %s with the name %q, want %s with %q", what, got.RecordID, got.Name, want.ID, want.Name)
	case got.Subscription != want.To[0].Subscription || got.ID() != want.ID+"/"+want.To[0].Subscription:
		k.Fatalf("%s: got the subscription %q, want %q", what, got.Subscription, want.To[0].Subscription)
	case got.InOrder != want.To[0].InOrder:
		k.Fatalf("%s: InOrder is %v, want %v", what, got.InOrder, want.To[0].InOrder)
	case got.InOrder && got.Key != want.Key || !got.InOrder && got.Key != "":
		k.Fatalf("%s: got the key %q, want %q, or none unless InOrder", what, got.Key, want.Key)
	case !bytes.Equal(got.Payload, want.Payload):
		k.Fatalf("%s: got a payload of %d bytes, %.100q, want one of %d, %.100q", what, len(got.Payload), got.Payload,
			len(want.Payload), want.Payload)
	case len(got.Headers)+len(want.Headers) > 0 && !maps.Equal(got.Headers, want.Headers):
		k.Fatalf("%s: got the headers %q, want %q", what, got.Headers, want.Headers)
	case got.Attempt != 1 || got.Token == "":
		k.Fatalf("%s: got attempt %d and token %q, want attempt 1 and any token", what, got.Attempt, got.Token)
	}
}
