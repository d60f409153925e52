package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// done is the JSON of a command that changes something.
type done struct {
	Done         string `json:"done"` // the command
	Subscription string `json:"subscription,omitempty"`
	Count        *int   `json:"count,omitempty"`
}

func requeue(flags *flag.FlagSet) func(context.Context, *session) error {
	return forLetters(flags, "requeue", "requeued", outbox.Store.Requeue)
}

func discard(flags *flag.FlagSet) func(context.Context, *session) error {
	return forLetters(flags, "discard", "discarded", outbox.Store.Discard)
}

// chunk is how many dead letters -all changes in one transaction.
const chunk = 500

// forLetters returns a command for dead letters.
func forLetters(flags *flag.FlagSet, name, past string, do func(outbox.Store, context.Context, ...string) error,
) func(context.Context, *session) error {
	subscription := flags.String("subscription", "", "")
	all := flags.Bool("all", false, "")
	return func(ctx context.Context, s *session) error {
		ids := s.args
		switch {
		case *all && len(ids) > 0:
			return misuse("%s has both IDs and -all; use one of them", name)
		case *all && *subscription == "":
			return misuse("%s -all needs -subscription NAME", name)
		case !*all && *subscription != "":
			return misuse("%s -subscription needs -all, to say that all its dead letters are meant", name)
		case !*all && len(ids) == 0:
			return misuse("%s needs IDs, or -subscription NAME -all; outboxctl dead lists the IDs", name)
		}
		if !*all {
			if err := do(s.store, ctx, ids...); err != nil {
				return unchanged(err)
			}
			return s.printDone(done{Done: name, Count: new(countOf(ids))}, "%s %d", past, countOf(ids))
		}
		letters, err := s.store.DeadLetters(ctx, outbox.Filter{Subscription: *subscription})
		if err != nil {
			return err
		}
		for _, d := range letters {
			ids = append(ids, d.ID)
		}
		count := 0
		for some := range slices.Chunk(ids, chunk) {
			if err := do(s.store, ctx, some...); err != nil {
				return fmt.Errorf("%s only %d of %d: %w; run the command again for the others", past, count, len(ids), err)
			}
			count += len(some)
		}
		return s.printDone(done{Done: name, Subscription: *subscription, Count: &count}, "%s %d", past, count)
	}
}

// unchanged says of an unknown ID that none of the others was changed.
func unchanged(err error) error {
	if errors.Is(err, outbox.ErrUnknownID) {
		return fmt.Errorf("%w, or run outboxctl dead; nothing was changed", err)
	}
	return err
}

// countOf returns how many different IDs there are.
func countOf(ids []string) int { return len(slices.Compact(slices.Sorted(slices.Values(ids)))) }

func pause(*flag.FlagSet) func(context.Context, *session) error {
	return func(ctx context.Context, s *session) error {
		name := s.args[0]
		if name == "" {
			return misuse("the name of the subscription is empty")
		}
		known, err := s.statsOf(ctx, name)
		if err != nil {
			return err
		}
		if err := s.store.Pause(ctx, name); err != nil {
			return err
		}
		if known == nil {
			fmt.Fprintf(s.stderr, "outboxctl: %q has no deliveries at the moment; check that the name is right\n", name)
		}
		return s.printDone(done{Done: "pause", Subscription: name}, "paused %s", name)
	}
}

func resume(*flag.FlagSet) func(context.Context, *session) error {
	return func(ctx context.Context, s *session) error {
		name := s.args[0]
		known, err := s.statsOf(ctx, name)
		if err != nil {
			return err
		}
		if known == nil || !known.Paused {
			return fmt.Errorf("%q is not paused; outboxctl stats shows which are", name)
		}
		if err := s.store.Resume(ctx, name); err != nil {
			return err
		}
		return s.printDone(done{Done: "resume", Subscription: name}, "resumed %s", name)
	}
}

// statsOf returns the statistics of a subscription, or nil if it has none.
func (s *session) statsOf(ctx context.Context, name string) (*outbox.Stats, error) {
	all, err := s.store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(one outbox.Stats) bool { return one.Subscription == name }); i >= 0 {
		return &all[i], nil
	}
	return nil, nil
}

func purge(flags *flag.FlagSet) func(context.Context, *session) error {
	age := flags.Duration("older-than", -time.Hour, "")
	return func(ctx context.Context, s *session) error {
		if *age < 0 {
			return misuse("purge needs -older-than TIME, such as 720h, that is not negative")
		}
		count, err := s.store.Purge(ctx, *age)
		if err != nil {
			return err
		}
		return s.printDone(done{Done: "purge", Count: &count}, "purged %d", count)
	}
}

func migrate(*flag.FlagSet) func(context.Context, *session) error {
	return func(ctx context.Context, s *session) error {
		if err := s.store.Migrate(ctx); err != nil {
			return err
		}
		return s.printDone(done{Done: "migrate"}, "the tables are up to date")
	}
}

func check(*flag.FlagSet) func(context.Context, *session) error {
	return func(_ context.Context, s *session) error { // each command checks the tables at first
		return s.printDone(done{Done: "check"}, "the tables are up to date")
	}
}
