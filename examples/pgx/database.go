package main

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/digcqrs/digcqrs/container"
)

// The tables are temporary, so that the program leaves nothing behind.
const schema = `
CREATE TEMPORARY TABLE members (name text PRIMARY KEY);
CREATE TEMPORARY TABLE room (taken int NOT NULL CONSTRAINT seats CHECK (taken <= 2));
INSERT INTO room VALUES (0);`

// OpenPool is a singleton: its finalizer runs in Container.Close.
func OpenPool() (*pgxpool.Pool, container.Finalizer, error) {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, nil, err
	}
	config.MaxConns = 1 // temporary tables belong to a connection
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, schema)
		return err
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, nil, err
	}
	return pool, func(context.Context, error) error {
		pool.Close()
		return nil
	}, nil
}
