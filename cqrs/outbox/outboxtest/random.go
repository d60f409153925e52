package outboxtest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

// RunRandom draws n sequences of operations, does them with a store and with a [Store] in
// memory, and compares what both return. The name of each subtest contains its seed, for
// [RunSeed]. A sequence that fails logs its operations.
func RunRandom(t *testing.T, open func(t *testing.T) Database, n int) {
	for range n {
		RunSeed(t, open, rand.Uint64())
	}
}

// RunSeed repeats a sequence of [RunRandom].
func RunSeed(t *testing.T, open func(t *testing.T) Database, seed uint64) {
	t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
		playRandom(t, func() Database { return open(t) }, seed)
	})
}

// brief is a lease or delay that is over when the next operation begins.
const brief = time.Millisecond

// player does the same with a store and with a model of it.
type player struct {
	*kit
	rand   *rand.Rand
	model  *Store
	leases []lease
	// requeued holds the deliveries of the model that were requeued. A store may deliver them when it is their
	// turn by Seq, or let those of their key that it has not delivered yet go before.
	requeued  map[*delivery]bool
	scheduled []string // IDs of records
	cancelled int      // records that a store may have deleted before Purge
	count     int      // records
	log       []string
}

// lease is a claim of the store, and that of the model for the same delivery.
type lease struct{ real, model cqrs.Claim }

func playRandom(t testing.TB, open func() Database, seed uint64) {
	p := &player{kit: newKit(t, open), rand: rand.New(rand.NewPCG(seed, 0)), model: NewStore()}
	p.requeued = map[*delivery]bool{}
	defer func() {
		if t.Failed() {
			t.Logf("Call outboxtest.RunSeed with the seed %d to repeat these operations:\n%s", seed, strings.Join(p.log, "\n"))
		}
	}()
	operations := []func(){p.transact, p.transact, p.transact, p.claim, p.claim, p.claim, p.fail, p.fail, p.release,
		p.extend, p.requeue, p.discard, p.pauseOrResume, p.purge, p.compare, p.wait}
	for range 80 {
		operations[p.rand.IntN(len(operations))]()
	}
	p.compare()
}

func (p *player) logf(format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf(format, args...))
}

func (p *player) chance(percent int) bool { return p.rand.IntN(100) < percent }

func pick[T any](p *player, list ...T) T { return list[p.rand.IntN(len(list))] }

func (p *player) subscription() string {
	return pick(p, "mail", "audit", "rooms", "stock", "command:timer")
}

// duration returns a time that has passed when the next operation begins, or one that has not. The caller has
// to call settle.
func (p *player) duration() time.Duration { return pick(p, brief, long) }

// settle lets brief times pass.
func (p *player) settle() { p.elapse(5 * brief) }

func (p *player) elapse(d time.Duration) {
	p.pass(d)
	if p.Advance != nil {
		p.model.Advance(d)
	}
}

// wait lets long times pass where that takes no time.
func (p *player) wait() {
	if p.Advance != nil {
		p.logf("Advance")
		p.elapse(long * 3 / 4)
	}
}

// sameError ends the test unless both errors are of the same kind.
func (p *player) sameError(got, want error) {
	p.Helper()
	for _, kind := range []error{nil, cqrs.ErrLeaseLost, outbox.ErrUnknownID, errRollback} {
		if errors.Is(got, kind) != errors.Is(want, kind) {
			p.Fatalf("got error %v, want one like %v", got, want)
		}
	}
}

// some returns a few leases, good and lost ones.
func (p *player) some() []lease {
	p.rand.Shuffle(len(p.leases), func(i, j int) { p.leases[i], p.leases[j] = p.leases[j], p.leases[i] })
	return slices.Clone(p.leases[:min(len(p.leases), p.rand.IntN(4))])
}

// drop forgets a lease, but not always, so that lost ones are used, too.
func (p *player) drop(gone []lease, percent int) {
	p.leases = slices.DeleteFunc(p.leases, func(l lease) bool { return slices.Contains(gone, l) && p.chance(percent) })
}

func (p *player) record() cqrs.Record {
	p.count++
	r := cqrs.Record{ID: uuid.New(), Name: pick(p, "joined", "left"), Payload: fmt.Appendf(nil, "payload %d", p.count)}
	if p.chance(20) {
		r.Due, r.To = p.now().Add(pick(p, -long, long)), []cqrs.Destination{{Subscription: "command:timer"}}
		return r
	}
	r.Key = pick(p, "x", "y", "z")
	r.Headers = map[string]string{"number": fmt.Sprint(p.count)}
	for _, to := range []cqrs.Destination{
		{Subscription: "mail"}, {Subscription: "audit"}, inOrder("rooms"), inOrder("stock"),
	} {
		if p.chance(50) {
			r.To = append(r.To, to)
		}
	}
	if len(r.To) == 0 {
		r.To = []cqrs.Destination{inOrder("rooms")}
	}
	return r
}

// transact writes, completes and cancels, and commits or rolls back.
func (p *player) transact() {
	var records []cqrs.Record
	for range p.rand.IntN(4) {
		records = append(records, p.record())
	}
	completed := p.some()
	var real, model []cqrs.Claim
	for _, l := range completed {
		real, model = append(real, l.real), append(model, l.model)
	}
	cancel := ""
	if len(p.scheduled) > 0 && p.chance(30) {
		cancel = pick(p, p.scheduled...)
	}
	rollback := p.chance(20)
	found := map[bool]bool{}
	transaction := func(claims []cqrs.Claim, isModel bool) func(j cqrs.Journal) error {
		return func(j cqrs.Journal) (err error) {
			if cancel != "" {
				if found[isModel], err = j.Cancel(p.ctx, cancel); err != nil {
					return err
				}
			}
			if err := j.Write(p.ctx, records, claims); err != nil || !rollback {
				return err
			}
			return errRollback
		}
	}
	p.logf("Tx: Write %d records, complete %+v, cancel %q, roll back: %v", len(records), real, cancel, rollback)
	err := p.Tx(p.ctx, transaction(real, false))
	want := p.modelTx(transaction(model, true))
	p.sameError(err, want)
	if found[false] != found[true] {
		p.Fatalf("Cancel(%q) reports %v, want %v", cancel, found[false], found[true])
	}
	if want != nil {
		return
	}
	if found[true] {
		p.cancelled++
	}
	p.drop(completed, 80)
	for _, r := range records {
		if !r.Due.IsZero() {
			p.scheduled = append(p.scheduled, r.ID)
		}
	}
}

func (p *player) modelTx(f func(cqrs.Journal) error) error {
	tx := p.model.Begin()
	if err := f(NewJournal(tx)); err != nil {
		return cmp.Or(err, tx.Rollback())
	}
	return tx.Commit()
}
