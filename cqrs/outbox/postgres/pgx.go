package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// queryer is a pool or a transaction.
type queryer interface {
	Exec(ctx context.Context, text string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, text string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// executor runs statements with pgx, which prepares each once for a connection.
type executor struct{ q queryer }

func (e executor) Exec(ctx context.Context, c sqloutbox.Command) (int64, error) {
	tag, err := e.q.Exec(ctx, c.Text, c.Args...)
	return tag.RowsAffected(), err
}

func (e executor) Query(ctx context.Context, c sqloutbox.Command, scan func(sqloutbox.Scan) error) error {
	rows, err := e.q.Query(ctx, c.Text, c.Args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Batch sends all commands at once.
func (e executor) Batch(ctx context.Context, commands []sqloutbox.Command) (err error) {
	if len(commands) == 0 {
		return ctx.Err()
	}
	if len(commands) == 1 {
		n, err := e.Exec(ctx, commands[0])
		if err != nil {
			return err
		}
		return sqloutbox.CheckRows(commands[0], n)
	}
	var b pgx.Batch
	for _, c := range commands {
		b.Queue(c.Text, c.Args...)
	}
	results := e.q.SendBatch(ctx, &b)
	defer func() {
		if closeErr := results.Close(); err == nil {
			err = closeErr
		}
	}()
	for _, c := range commands {
		tag, err := results.Exec()
		if err != nil {
			return err
		}
		if err := sqloutbox.CheckRows(c, tag.RowsAffected()); err != nil {
			return err // which is why a later one may have failed
		}
	}
	return nil
}

// database is a pool of pgx.
type database struct {
	executor
	pool *pgxpool.Pool
}

func (d database) InTx(ctx context.Context, fn func(sqloutbox.Executor) error) error {
	// Statements after a lock must see what others have committed meanwhile.
	return pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		return fn(executor{tx})
	})
}

func (d database) Exclusive(ctx context.Context, fn func(sqloutbox.Executor) error) error {
	return d.InTx(ctx, fn) // LockMigrations does the rest
}
