package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// OpenDatabase opens the file with the settings that an outbox needs: a transaction takes its
// write lock at once, and waits for that of another process.
func OpenDatabase(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	for _, table := range []string{"members", "seats"} {
		if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+table+" (user TEXT)"); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// report prints who has a seat, in the order in which they were taken.
func report(file string) error {
	db, err := OpenDatabase(context.Background(), file)
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Println("in the database:")
	for _, table := range []string{"members", "seats"} {
		rows, err := db.Query("SELECT user FROM " + table + " ORDER BY rowid")
		if err != nil {
			return err
		}
		defer rows.Close()
		fmt.Printf("  %s:", table)
		for rows.Next() {
			var user string
			if err := rows.Scan(&user); err != nil {
				return err
			}
			fmt.Printf(" %s", user)
		}
		fmt.Println()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
