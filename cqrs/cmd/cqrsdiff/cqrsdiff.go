// Command cqrsdiff says in words how the behaviour of an application has changed, from the JSON of two
// versions of its topology:
//
//	go run github.com/digcqrs/digcqrs/cqrs/cmd/cqrsdiff old.json new.json
//
// Make the JSON with Mediator.Topology or bootstrap.Describe. "-" stands for the standard input. With -json,
// the changes are printed as JSON.
//
// The exit status is 0 if nothing was lost, 1 if something was, and 2 if the arguments or a file are invalid.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs/topology"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

const usage = `usage: cqrsdiff [-json] OLD NEW

Prints what has changed in behaviour between two topologies, given as files of JSON, or - for the
standard input. The exit status is 1 if something was lost.

  -json  print the changes as JSON
`

// The exit statuses.
const (
	nothingLost = iota
	somethingLost
	invalid
)

func run(args []string, in io.Reader, out, errs io.Writer) int {
	flags := flag.NewFlagSet("cqrsdiff", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage)
		return nothingLost
	case err != nil:
		fmt.Fprintf(errs, "cqrsdiff: %v\n%s", err, usage)
		return invalid
	case flags.NArg() != 2:
		fmt.Fprintf(errs, "cqrsdiff: got %d files, want 2\n%s", flags.NArg(), usage)
		return invalid
	case flags.Arg(0) == "-" && flags.Arg(1) == "-":
		fmt.Fprintf(errs, "cqrsdiff: only one of the two can be the standard input\n%s", usage)
		return invalid
	}
	var both [2]topology.Application
	for i := range both {
		app, err := read(flags.Arg(i), in)
		if err != nil {
			fmt.Fprintf(errs, "cqrsdiff: %s: %v\n", flags.Arg(i), err)
			return invalid
		}
		both[i] = app
	}
	changes := topology.Diff(both[0], both[1])
	if err := write(out, changes, *asJSON); err != nil {
		fmt.Fprintf(errs, "cqrsdiff: %v\n", err)
		return invalid
	}
	if slices.ContainsFunc(changes, func(c topology.Change) bool { return c.Lost }) {
		return somethingLost
	}
	return nothingLost
}

func read(name string, in io.Reader) (topology.Application, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(in)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return topology.Application{}, err
	}
	return topology.Parse(data)
}

func write(out io.Writer, changes []topology.Change, asJSON bool) error {
	if asJSON {
		if changes == nil {
			changes = []topology.Change{}
		}
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(changes)
	}
	if len(changes) == 0 {
		_, err := fmt.Fprintln(out, "no change in behaviour")
		return err
	}
	for _, c := range changes {
		if _, err := fmt.Fprintln(out, c); err != nil {
			return err
		}
	}
	return nil
}
