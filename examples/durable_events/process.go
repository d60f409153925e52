package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
)

// supervise starts the process that works, and starts it again when it has died.
func supervise() error {
	dir, err := os.MkdirTemp("", "durable_events")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "meeting.db")
	fmt.Println("first process:")
	if err := start(file, "crash", "Ann", "Bob", "Cleo", "Dan"); err == nil {
		return errors.New("the first process was not killed")
	}
	fmt.Println("second process:")
	if err := start(file, "go on", "Eve"); err != nil {
		return err
	}
	return report(file)
}

func start(args ...string) error {
	c := exec.Command(os.Args[0], args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c.Run()
}

// work has users join, and delivers their events until Eve has a seat. If it is to crash, it kills
// its own process when Cleo has one, before the transaction is committed.
func work(ctx context.Context, file, how string, users []string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	script := func(user string) {
		switch {
		case user == "Eve":
			stop() // the relay finishes this delivery
		case user == "Cleo" && how == "crash":
			fmt.Println("  the process is killed")
			kill()
		}
	}
	db, err := OpenDatabase(ctx, file)
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := sqlite.NewStore(db)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	mediator, err := NewMediator(db, store, script)
	if err != nil {
		return err
	}
	for _, user := range users {
		if err := mediator.Send(ctx, JoinMeeting{User: user}); err != nil {
			return err
		}
		fmt.Printf("  %s has joined\n", user)
	}
	relay, err := outbox.NewRelay(store, mediator, outbox.Lease(time.Second))
	if err != nil {
		return err
	}
	return relay.Run(ctx)
}

// kill ends the process as a crash does: nothing is cleaned up.
func kill() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {}
}
