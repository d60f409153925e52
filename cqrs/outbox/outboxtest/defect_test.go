package outboxtest

import (
	"slices"
)

// Defect is a store that does something wrong.
type Defect struct {
	Name     string
	CaughtBy string // the case that must fail
	seed     func(m *mutant)
}

// Open returns a database with the defect.
func (d Defect) Open() Database {
	m := newMutant()
	d.seed(m)
	return m.database()
}

// Defects returns all defects.
func Defects() []Defect {
	return slices.Concat(journalDefects(), claimDefects(), orderDefects(), leaseDefects(), operatorDefects(),
		raceDefects())
}
