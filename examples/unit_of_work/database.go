package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/digcqrs/digcqrs/container"
	_ "modernc.org/sqlite"
)

const schema = `
CREATE TABLE members (user TEXT PRIMARY KEY);
CREATE TABLE room (taken INTEGER NOT NULL, seats INTEGER NOT NULL, CHECK (taken <= seats));
INSERT INTO room VALUES (0, 2);`

// OpenDatabase is a singleton: its finalizer runs in Container.Close. An
// in-memory database belongs to one connection, so the pool has only one. Anyone who
// asks for it while a transaction is open waits until the transaction ends.
func OpenDatabase() (*sql.DB, container.Finalizer, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, func(context.Context, error) error { return db.Close() }, nil
}
