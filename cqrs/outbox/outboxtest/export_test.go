package outboxtest

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/digcqrs/digcqrs/cqrs"
)

// recorder is a testing.TB that records failures.
type recorder struct {
	testing.TB
	failed bool
	text   string
}

func (r *recorder) Helper()                         {}
func (r *recorder) Failed() bool                    { return r.failed }
func (r *recorder) Log(args ...any)                 { r.text += fmt.Sprintln(args...) }
func (r *recorder) Logf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) + "\n" }

func (r *recorder) Error(args ...any) {
	r.failed = true
	r.Log(args...)
}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// failure runs f and returns what it logs if it fails, and else "".
func failure(t testing.TB, f func(testing.TB)) string {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	if !r.failed {
		return ""
	}
	return r.text
}

// CaseFailure runs one case of the suite and returns what it logs if it fails, and else "".
func CaseFailure(t testing.TB, name string, open func() Database) string {
	for _, c := range cases() {
		if c.name == name {
			return failure(t, func(r testing.TB) { c.test(r, open) })
		}
	}
	t.Fatalf("no case %q", name)
	return ""
}

// RandomFailure is like [CaseFailure] for a sequence of RunRandom.
func RandomFailure(t testing.TB, open func() Database, seed uint64) string {
	return failure(t, func(r testing.TB) { playRandom(r, open, seed) })
}

// CaseNames returns the names of all cases.
func CaseNames() []string {
	var names []string
	for _, c := range cases() {
		names = append(names, c.name)
	}
	return names
}

// InMemory returns a database of a new store whose clock can be moved.
func InMemory() Database { return newMutant().database() }

// Tx runs f in a transaction of a store.
func (s *Store) Tx(_ context.Context, f func(cqrs.Journal) error) error {
	tx := s.Begin()
	if err := f(NewJournal(tx)); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}
