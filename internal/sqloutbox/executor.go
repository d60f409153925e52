package sqloutbox

import "context"

// Command is a statement with its arguments.
type Command struct {
	Text string
	Args []any
	Rows int64 // how many rows it must affect; 0 for any number
}

// Scan copies the columns of the current row.
type Scan func(dest ...any) error

// Executor runs statements: in a transaction, or each in one of its own.
type Executor interface {
	// Exec runs a statement and returns how many rows it affected.
	Exec(ctx context.Context, c Command) (int64, error)
	// Query calls scan for each row of the result.
	Query(ctx context.Context, c Command, scan func(Scan) error) error
	// Batch runs statements in order, in as few round trips as the driver can. It returns errRows if one
	// of them does not affect as many rows as it must.
	Batch(ctx context.Context, commands []Command) error
}

// Database is an Executor that runs each statement in a transaction of its own, and begins others.
type Database interface {
	Executor
	// InTx runs fn in a transaction that reads what is committed, and commits unless fn fails.
	InTx(ctx context.Context, fn func(Executor) error) error
	// Exclusive runs fn while no other process does, for the migrations of one set of tables.
	Exclusive(ctx context.Context, fn func(Executor) error) error
}

// collect returns the rows of a query.
func collect[T any](ctx context.Context, e Executor, c Command, read func(Scan) (T, error)) ([]T, error) {
	var all []T
	err := e.Query(ctx, c, func(scan Scan) error {
		row, err := read(scan)
		if err != nil {
			return err
		}
		all = append(all, row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// value reads a row of one column.
func value[T any](scan Scan) (T, error) {
	var v T
	err := scan(&v)
	return v, err
}
