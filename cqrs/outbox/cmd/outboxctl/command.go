package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/digcqrs/digcqrs/internal/similar"
)

// command is what outboxctl can do.
type command struct {
	name      string
	arguments string // as in the usage
	about     string // a sentence without a full stop
	flags     string // a line for each, as in the usage
	least     int    // how many arguments there must be
	most      int    // how many there may be; negative for any number
	// prepare adds the flags of the command, and returns the function that runs it.
	prepare func(*flag.FlagSet) func(context.Context, *session) error
}

func commands() []command {
	return []command{
		{"stats", "", "show pending deliveries and dead letters by subscription", "", 0, 0, stats},
		{"dead", "", "list dead letters, oldest first", `
  -subscription NAME  only those of this subscription
  -event NAME         only those of this event or command
  -limit N            at most so many (default 100; 0 for all)
  -errors             show the texts of the errors, which may quote contents
`, 0, 0, dead},
		{"show", "ID", "show a dead letter", `
  -errors             show the text of the last error, which may quote contents
  -payload            show the contents: key, headers and payload
`, 1, 1, show},
		{"requeue", "ID...", "deliver dead letters again, with all their attempts", letterFlags, 0, -1, requeue},
		{"discard", "ID...", "delete dead letters", letterFlags, 0, -1, discard},
		{"pause", "SUBSCRIPTION", "stop the deliveries of a subscription, in all processes", "", 1, 1, pause},
		{"resume", "SUBSCRIPTION", "end a pause", "", 1, 1, resume},
		{"purge", "", "delete old records that are delivered everywhere", `
  -older-than TIME    records that were written longer ago, such as 720h (required)
`, 0, 0, purge},
		{"migrate", "", "create the tables, or bring them up to date", "", 0, 0, migrate},
		{"check", "", "check that the tables are there and up to date", "", 0, 0, check},
	}
}

const letterFlags = `
  -subscription NAME  with -all: those of this subscription
  -all                all dead letters of the subscription, instead of IDs
`

func find(name string) (command, error) {
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
		names = append(names, c.name)
	}
	for _, n := range names {
		if similar.Names(n, name) {
			return command{}, misuse("there is no command %.40q; did you mean %s?", name, n)
		}
	}
	return command{}, misuse("there is no command %.40q; use one of %s", name, strings.Join(names, ", "))
}

func (c command) checkArguments(args []string) error {
	switch {
	case len(args) < c.least:
		return misuse("%s needs an argument: outboxctl %s %s", c.name, c.name, c.arguments)
	case c.most >= 0 && len(args) > c.most:
		return misuse("%s has an argument too many, %.80q; remove it", c.name, args[c.most])
	}
	return nil
}

func (c command) synopsis() string { return strings.TrimSpace(c.name + " " + c.arguments) }

func (c command) usage() string {
	text := fmt.Sprintf("Usage: outboxctl -db URL %s\n\n%s.\n", c.synopsis(), capitalized(c.about))
	if c.flags != "" {
		text += "\nFlags:\n" + strings.TrimPrefix(c.flags, "\n")
	}
	return text + "\nRun outboxctl -h for the flags of all commands.\n"
}

func capitalized(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func usage() string {
	var b strings.Builder
	b.WriteString(`Outboxctl shows and operates the outbox of a database.

Usage: outboxctl -db URL [flags] COMMAND

Commands:
`)
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-20s  %s\n", c.synopsis(), c.about)
	}
	b.WriteString(`
Flags of all commands:
  -db URL             the database (default: the variable OUTBOX_DB):
                        sqlite:PATH, or a DSN that begins with file:
                        postgres://USER:PASSWORD@HOST/DATABASE
                        mysql://USER:PASSWORD@HOST/DATABASE, for MariaDB, too
  -prefix PREFIX      how the names of the tables begin (default outbox_)
  -schema SCHEMA      the schema of the tables (PostgreSQL only)
  -json               print JSON
  -timeout TIME       give up after this time (default 30s)

Run outboxctl COMMAND -h for the flags of a command. Contents of events, and texts of
errors, which may quote them, are printed only if a flag asks for them.
The exit status is 1 if the command has failed, and 2 if its arguments are wrong.
`)
	return b.String()
}
