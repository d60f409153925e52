// Command testing_an_application previews a command, and then sends it. Its tests show how to test an
// application: the handlers, the whole with a recorder, a preview, and failures at every step.
//
//	go run ./examples/testing_an_application
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/examples/testing_an_application/meetings"
)

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "meetings")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, store, err := meetings.OpenDatabase(ctx, filepath.Join(dir, "meetings.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := meetings.NewContainer(db, store)
	if err != nil {
		return err
	}
	mediator, err := bootstrap.New(c, meetings.Commands, meetings.Events)
	if err != nil {
		return err
	}
	report, err := cqrs.Preview(ctx, mediator, meetings.JoinMeeting{Meeting: "standup", User: "ann"})
	if err != nil {
		return err
	}
	fmt.Print("preview:\n", report, "\n")
	for _, user := range []string{"ann", "bob", "carl"} {
		err := mediator.Send(ctx, meetings.JoinMeeting{Meeting: "standup", User: user})
		fmt.Printf("%s joins: %v\n", user, err)
	}
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
