package testkit

import (
	"fmt"
	"sync"
)

// Diary holds notes in the order in which they were made. The zero Diary is empty. It
// is safe for concurrent use.
type Diary struct {
	mu    sync.Mutex
	notes []string
}

// Note adds a note.
func (d *Diary) Note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// Notes returns the notes and removes them from the diary.
func (d *Diary) Notes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	notes := d.notes
	d.notes = nil
	return notes
}

// Count returns how many times the diary contains a note.
func (d *Diary) Count(note string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, other := range d.notes {
		if other == note {
			n++
		}
	}
	return n
}
