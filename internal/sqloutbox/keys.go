package sqloutbox

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
)

// key is that of an ordered subscription's deliveries.
type key struct{ subscription, key string }

// maxKey is how long a key is in the tables, in bytes. Databases limit what an index holds.
const maxKey = 128

// storedKey returns what column ordering_key holds for the key of a record: a long key is hashed.
func storedKey(k string) string {
	if len(k) <= maxKey {
		return k
	}
	sum := sha256.Sum256([]byte(k))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func keyOf(c cqrs.Claim) key { return key{c.Subscription, storedKey(c.Key)} }

// lock returns the commands that lock keys, always in the same order so that transactions do not wait
// for each other in a circle.
func (s *Store) lock(keys []key) []Command {
	if s.sql.Lock == nil || len(keys) == 0 {
		return nil
	}
	table := s.dialect.Names.apply("outbox_deliveries")
	slots := make([]int64, len(keys))
	for i, k := range keys {
		sum := sha256.Sum256([]byte(table + "\x00" + k.subscription + "\x00" + k.key))
		slot := binary.BigEndian.Uint64(sum[:])
		if s.dialect.Slots != 0 {
			slot %= s.dialect.Slots
		}
		slots[i] = int64(slot)
	}
	slices.Sort(slots)
	rows := make([][]any, 0, len(slots))
	for _, slot := range slices.Compact(slots) {
		rows = append(rows, []any{slot})
	}
	return s.sql.Lock.each(rows)
}

// promote returns the commands that make the first living delivery of each key claimable.
func (s *Store) promote(keys []key) []Command {
	return s.sql.Promote.each(keyRows(keys))
}

func keyRows(keys []key) [][]any {
	rows := make([][]any, 0, len(keys))
	for _, k := range keys {
		rows = append(rows, []any{k.subscription, k.key})
	}
	return rows
}

// lease is a group of claims of one subscription that were made together.
type lease struct{ token, subscription string }

// byLease returns the sequence numbers of claims as rows. Claims with an invalid token are left out: no
// delivery has it.
func byLease(claims []cqrs.Claim) iter.Seq2[lease, [][]any] {
	var order []lease
	rows := map[lease][][]any{}
	for _, c := range claims {
		l := lease{c.Token, c.Subscription}
		if !isUUID(c.Token) {
			continue
		}
		if rows[l] == nil {
			order = append(order, l)
		}
		rows[l] = append(rows[l], []any{c.Seq})
	}
	return func(yield func(lease, [][]any) bool) {
		for _, l := range order {
			if !yield(l, rows[l]) {
				return
			}
		}
	}
}
