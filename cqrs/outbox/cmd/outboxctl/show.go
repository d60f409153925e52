package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// subscriptionStats is the JSON of a subscription.
type subscriptionStats struct {
	Subscription  string  `json:"subscription"`
	Pending       int     `json:"pending"`
	Dead          int     `json:"dead"`
	OldestSeconds float64 `json:"oldest_seconds"`
	Paused        bool    `json:"paused"`
}

func stats(*flag.FlagSet) func(context.Context, *session) error {
	return func(ctx context.Context, s *session) error {
		all, err := s.store.Stats(ctx)
		if err != nil {
			return err
		}
		if s.config.json {
			list := []subscriptionStats{}
			for _, one := range all {
				list = append(list, subscriptionStats{one.Subscription, one.Pending, one.Dead, one.Oldest.Seconds(), one.Paused})
			}
			return s.printJSON(list)
		}
		if len(all) == 0 {
			return s.printLine("no subscription has deliveries, and none is paused")
		}
		rows := [][]string{{"SUBSCRIPTION", "PENDING", "DEAD", "OLDEST", "PAUSED"}}
		for _, one := range all {
			paused := "no"
			if one.Paused {
				paused = "yes"
			}
			rows = append(rows, []string{one.Subscription, fmt.Sprint(one.Pending), fmt.Sprint(one.Dead),
				rounded(one.Oldest), paused})
		}
		return s.printTable(rows)
	}
}

// rounded returns a duration as text, without needless digits.
func rounded(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// letter is the JSON of a dead letter.
type letter struct {
	ID           string            `json:"id"`
	Subscription string            `json:"subscription"`
	Event        string            `json:"event"`
	Attempts     int               `json:"attempts"`
	Recorded     time.Time         `json:"recorded"`
	Died         time.Time         `json:"died"`
	Error        *string           `json:"error,omitempty"`   // with -errors
	Key          *string           `json:"key,omitempty"`     // with -payload, as the rest
	Headers      map[string]string `json:"headers,omitempty"` //
	Payload      json.RawMessage   `json:"payload,omitempty"` // if it is JSON
	Base64       string            `json:"payload_base64,omitempty"`
}

// letterOf returns the JSON of a dead letter, with contents only if they are asked for.
func letterOf(d outbox.DeadLetter, errors, payload bool) letter {
	l := letter{
		ID: d.ID, Subscription: d.Subscription, Event: d.Event, Attempts: d.Attempts, Recorded: d.Recorded, Died: d.Died,
	}
	if errors {
		l.Error = &d.LastError
	}
	if payload {
		l.Key, l.Headers = &d.Key, d.Headers
		if json.Valid(d.Payload) {
			l.Payload = d.Payload
		} else {
			l.Base64 = base64.StdEncoding.EncodeToString(d.Payload)
		}
	}
	return l
}

func dead(flags *flag.FlagSet) func(context.Context, *session) error {
	var f outbox.Filter
	flags.StringVar(&f.Subscription, "subscription", "", "")
	flags.StringVar(&f.Event, "event", "", "")
	limit := flags.Int("limit", 100, "")
	errors := flags.Bool("errors", false, "")
	return func(ctx context.Context, s *session) error {
		if *limit < 0 {
			return misuse("-limit is negative; use 0 for all")
		}
		if f.Limit = *limit; f.Limit > 0 {
			f.Limit++ // to know whether there are more
		}
		all, err := s.store.DeadLetters(ctx, f)
		if err != nil {
			return err
		}
		if *limit > 0 && len(all) > *limit {
			all = all[:*limit]
			defer func() { fmt.Fprintf(s.stderr, "outboxctl: there are more; use -limit 0 for all\n") }()
		}
		if s.config.json {
			list := []letter{}
			for _, d := range all {
				list = append(list, letterOf(d, *errors, false))
			}
			return s.printJSON(list)
		}
		if len(all) == 0 {
			return s.printLine("no dead letters")
		}
		header := []string{"ID", "EVENT", "ATTEMPTS", "DIED"}
		if *errors {
			header = append(header, "ERROR")
		}
		rows := [][]string{header}
		for _, d := range all {
			row := []string{d.ID, d.Event, fmt.Sprint(d.Attempts), instant(d.Died)}
			if *errors {
				row = append(row, d.LastError)
			}
			rows = append(rows, row)
		}
		return s.printTable(rows)
	}
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func show(flags *flag.FlagSet) func(context.Context, *session) error {
	errors := flags.Bool("errors", false, "")
	payload := flags.Bool("payload", false, "")
	return func(ctx context.Context, s *session) error {
		all, err := s.store.DeadLetters(ctx, outbox.Filter{ID: s.args[0], Payload: *payload})
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("no dead letter has the ID %.300q; outboxctl dead lists them", s.args[0])
		}
		d := all[0]
		if s.config.json {
			return s.printJSON(letterOf(d, *errors, *payload))
		}
		rows := [][]string{
			{"id", d.ID}, {"subscription", d.Subscription}, {"event", d.Event}, {"attempts", fmt.Sprint(d.Attempts)},
			{"recorded", instant(d.Recorded)}, {"died", instant(d.Died)},
		}
		if *errors {
			rows = append(rows, []string{"error", d.LastError})
		}
		if *payload {
			rows = append(rows, []string{"key", d.Key})
			for _, name := range slices.Sorted(maps.Keys(d.Headers)) {
				rows = append(rows, []string{"header " + name, d.Headers[name]})
			}
			rows = append(rows, []string{"payload", strings.ToValidUTF8(string(d.Payload), "\uFFFD")})
		}
		return s.printTable(rows)
	}
}
