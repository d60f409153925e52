// Command fx shows digcqrs in an application of go.uber.org/fx. fx builds the singletons and
// runs the lifecycle; a container of digcqrs builds what belongs to a request.
//
//	go run ./examples/fx
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct {
	cqrs.CommandOf[int]
	User string
}

// Database is a singleton of fx.
type Database struct{ members []string }

func NewDatabase(lc fx.Lifecycle) *Database {
	lc.Append(fx.StopHook(func() { fmt.Println("the database closes") }))
	return &Database{}
}

// Tx is scoped.
type Tx struct{ db *Database }

func BeginTx(db *Database) (*Tx, container.Finalizer) {
	tx := &Tx{db: db}
	return tx, container.Transaction(tx)
}

func (tx *Tx) Commit() error   { fmt.Println("commit"); return nil }
func (tx *Tx) Rollback() error { fmt.Println("roll back"); return nil }

// Cache is a singleton of the container, which closes it.
type Cache struct{}

func NewCache() (*Cache, container.Finalizer) {
	return &Cache{}, func(context.Context, error) error {
		fmt.Println("the cache closes")
		return nil
	}
}

func NewJoinMeetingHandler(tx *Tx, _ *Cache) cqrs.RequestFunc[JoinMeeting, int] {
	return func(_ context.Context, c JoinMeeting) (int, error) {
		tx.db.members = append(tx.db.members, c.User)
		return len(tx.db.members), nil
	}
}

func commands(m *cqrs.RequestMap) { cqrs.BindRequest[cqrs.RequestFunc[JoinMeeting, int]](m) }

// NewMediator is a constructor of fx. It passes the singletons that handlers need from fx to
// the container.
func NewMediator(lc fx.Lifecycle, logger *zap.Logger, db *Database) (*cqrs.Mediator, error) {
	c := container.New()
	lc.Append(fx.StopHook(c.Close))
	err := errors.Join(
		c.ProvideAll(func() *Database { return db }, NewCache, NewJoinMeetingHandler),
		c.Provide(BeginTx, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	mediator, err := bootstrap.New(c, commands, nil, bootstrap.WithLogger(logger))
	if err != nil {
		return nil, err
	}
	lc.Append(fx.StopHook(mediator.Close))
	return mediator, nil
}

// Register sends a command when the application starts, as a server would from then on.
func Register(lc fx.Lifecycle, mediator *cqrs.Mediator) {
	lc.Append(fx.StartHook(func(ctx context.Context) error {
		seat, err := cqrs.Send(ctx, mediator, JoinMeeting{User: "Ann"})
		fmt.Println("seat", seat)
		return err
	}))
}

func main() {
	app := fx.New(
		fx.NopLogger,
		fx.Provide(zap.NewNop, NewDatabase, NewMediator),
		fx.Invoke(Register),
	)
	ctx := context.Background()
	if err := app.Start(ctx); err != nil { // app.Run() also waits for a signal
		log.Fatal(err)
	}
	if err := app.Stop(ctx); err != nil {
		log.Fatal(err)
	}
}
