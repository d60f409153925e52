package main_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	_ "modernc.org/sqlite"
)

// Pools has two pools of connections to one SQLite database.
type Pools struct {
	Write *sql.DB
	Read  *sql.DB // its connections refuse to write
}

// OpenPools opens the pools. Readers do not block the writer in WAL mode.
func OpenPools(path string) (*Pools, container.Finalizer, error) {
	write, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)")
	if err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)")
	if err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	return &Pools{write, read}, func(context.Context, error) error {
		return errors.Join(read.Close(), write.Close())
	}, nil
}

// BeginTx begins the transaction of a query or a stream in the pool that refuses to write.
func BeginTx(ctx context.Context, b *cqrs.Binding, pools *Pools) (*sql.Tx, container.Finalizer, error) {
	db := pools.Write
	if b != nil && (b.Kind() == cqrs.KindQuery || b.Kind() == cqrs.KindStream) {
		db = pools.Read
	}
	tx, err := db.BeginTx(ctx, nil)
	return tx, container.Transaction(tx, sql.ErrTxDone), err
}

type (
	AddMember    struct{ cqrs.Command }
	CountMembers struct{ cqrs.Query[int] }
)

func NewAddMember(tx *sql.Tx) cqrs.CommandFunc[AddMember] {
	return func(ctx context.Context, _ AddMember) error {
		_, err := tx.ExecContext(ctx, "CREATE TABLE members AS SELECT 'Ann'")
		return err
	}
}

// NewCountMembers returns a handler with a mistake: a query must not write.
func NewCountMembers(tx *sql.Tx) cqrs.RequestFunc[CountMembers, int] {
	return func(ctx context.Context, _ CountMembers) (n int, err error) {
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM members").Scan(&n); err != nil {
			return 0, err
		}
		fmt.Println("members:", n)
		_, err = tx.ExecContext(ctx, "DELETE FROM members")
		return n, err
	}
}

// With SQLite, a second pool makes queries read-only.
func Example_readOnly() {
	dir, err := os.MkdirTemp("", "read-only")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	c := container.New()
	err = errors.Join(
		c.Provide(func() (*Pools, container.Finalizer, error) { return OpenPools(filepath.Join(dir, "room.db")) }),
		c.Provide(BeginTx, container.Scoped()),
		c.ProvideAll(NewAddMember, NewCountMembers),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[cqrs.CommandFunc[AddMember]](m)
		cqrs.BindRequest[cqrs.RequestFunc[CountMembers, int]](m)
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	fmt.Println(mediator.Send(ctx, AddMember{}))
	_, err = cqrs.Send(ctx, mediator, CountMembers{})
	fmt.Println(err)
	fmt.Println(c.Close(ctx))
	// Output:
	// <nil>
	// members: 1
	// attempt to write a readonly database (8)
	// <nil>
}
