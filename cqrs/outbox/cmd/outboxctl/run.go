package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// These are the exit statuses.
const (
	succeeded = 0
	failed    = 1
	misused   = 2
)

// environment is the variable with the default of -db, so that a password need not be an argument.
const environment = "OUTBOX_DB"

// config is what the flags that precede a command say.
type config struct {
	url     string
	prefix  string
	schema  string
	json    bool
	timeout time.Duration
}

// usageError reports wrong arguments.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func misuse(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// run runs the command that the arguments name, and returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c := config{url: getenv(environment), timeout: 30 * time.Second}
	err := c.run(ctx, args, stdout, stderr)
	switch {
	case err == nil:
		return succeeded
	case errors.Is(err, flag.ErrHelp):
		return succeeded
	}
	fmt.Fprintf(stderr, "outboxctl: %v\n", err)
	if _, wrong := errors.AsType[*usageError](err); wrong {
		fmt.Fprintln(stderr, "Run outboxctl -h for the commands and their flags.")
		return misused
	}
	return failed
}

func (c *config) run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := c.flags()
	rest, err := parse(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage())
		return err
	case err != nil:
		return err
	case len(rest) == 0:
		return misuse("there is no command; begin with stats, for example")
	}
	cmd, err := find(rest[0])
	if err != nil {
		return err
	}
	flags = c.flags()
	do := cmd.prepare(flags)
	args, err = interspersed(flags, rest[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, cmd.usage())
		return err
	}
	if err == nil {
		err = cmd.checkArguments(args)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	store, closeStore, err := c.open(ctx, cmd.name == "migrate")
	if err != nil {
		return err
	}
	defer closeStore()
	if cmd.name != "migrate" {
		err = store.Check(ctx)
	}
	if err == nil {
		err = do(ctx, &session{store, c, args, stdout, stderr})
	}
	if errors.Is(err, outbox.ErrTables) {
		err = fmt.Errorf("%w, with outboxctl migrate, for example; "+
			"if the tables are there, say with -prefix and -schema how they are named", err)
	}
	return err
}

// session is a command that runs.
type session struct {
	store  store
	config *config
	args   []string
	stdout io.Writer
	stderr io.Writer
}

// store is what the stores of all databases can do.
type store interface {
	outbox.Store
	Migrate(ctx context.Context) error
}

// flags returns the flags of all commands, with the values so far as their defaults.
func (c *config) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("outboxctl", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.url, "db", c.url, "")
	flags.StringVar(&c.prefix, "prefix", c.prefix, "")
	flags.StringVar(&c.schema, "schema", c.schema, "")
	flags.BoolVar(&c.json, "json", c.json, "")
	flags.DurationVar(&c.timeout, "timeout", c.timeout, "")
	return flags
}

// parse parses flags up to the first argument that is none, and returns the rest.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		err = misuse("%v", err)
	}
	return flags.Args(), err
}

// interspersed parses flags before, between and after the arguments, and returns the arguments.
func interspersed(flags *flag.FlagSet, args []string) (arguments []string, err error) {
	for {
		rest, err := parse(flags, args)
		if err != nil || len(rest) == 0 {
			return arguments, err
		}
		arguments, args = append(arguments, rest[0]), rest[1:]
	}
}
