// Command outboxctl shows and operates the outbox of a database: SQLite, PostgreSQL, MariaDB or MySQL.
//
//	outboxctl -db postgres://app@localhost/app stats
//
// Run it with -h for its commands and flags. It never prints the contents of an event, or the text of
// an error, which may quote them, unless a flag asks for that. Its exit status is 0 if the command
// has succeeded, 1 if it has failed, and 2 if the arguments are wrong; in both cases it says on the
// standard error what to do, and has changed nothing.
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
