// Package database has the transaction that the features share.
package database

import (
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
)

// Tx stands for a *sql.Tx.
type Tx struct{}

// Insert inserts a row.
func (*Tx) Insert(table, row string) { fmt.Printf("insert %s into %s\n", row, table) }

func (*Tx) Commit() error   { fmt.Println("commit"); return nil }
func (*Tx) Rollback() error { fmt.Println("roll back"); return nil }

// Begin is scoped.
func Begin() (*Tx, container.Finalizer) {
	tx := &Tx{}
	return tx, container.Transaction(tx)
}

// Module binds nothing. It only provides.
var Module = bootstrap.Module{
	Name:    "database",
	Provide: func(c *container.Container) error { return c.Provide(Begin, container.Scoped()) },
}
