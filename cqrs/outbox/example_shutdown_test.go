package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type PlaceOrder struct {
	cqrs.Command
	Number int
}

type OrderPlaced struct {
	cqrs.DomainEvent
	Number int
}

// OnOrder is what else happens while an order is placed, for the sake of this example.
type OnOrder func(number int)

type PlaceOrderHandler struct {
	cqrs.EventRecorder
	on OnOrder
}

func NewPlaceOrderHandler(tx *outboxtest.Tx, on OnOrder) *PlaceOrderHandler {
	return &PlaceOrderHandler{on: on}
}

func (h *PlaceOrderHandler) Handle(_ context.Context, c PlaceOrder) error {
	h.on(c.Number)
	h.Record(OrderPlaced{Number: c.Number})
	return nil
}

// Mailing is a channel with the numbers of the orders that were confirmed by mail.
type Mailing chan int

type ConfirmationMail struct{ mailing Mailing }

func NewConfirmationMail(m Mailing) *ConfirmationMail { return &ConfirmationMail{m} }

func (h *ConfirmationMail) Handle(_ context.Context, e OrderPlaced) error {
	h.mailing <- e.Number
	return nil
}

// Shop is an application with everything that runs in it.
type Shop struct {
	Container *container.Container
	Mediator  *cqrs.Mediator
	Relay     *outbox.Relay
	Server    *http.Server
}

func NewShop(store *outboxtest.Store, mailing Mailing, on OnOrder, closed func()) (*Shop, error) {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewPlaceOrderHandler, NewConfirmationMail),
		c.ProvideAll(func() OnOrder { return on }, func() Mailing { return mailing }),
		// The store stands for a database, which the container closes.
		c.Provide(func() (*outboxtest.Store, container.Finalizer) {
			return store, func(context.Context, error) error { closed(); return nil }
		}),
		c.Provide(beginShopTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PlaceOrderHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[OrderPlaced]{Name: "shop.order_placed"})
		cqrs.BindEvent[*ConfirmationMail](m, cqrs.Durable("confirmation-mail"))
	}, bootstrap.WithLogger(zap.NewNop()))
	if err != nil {
		return nil, err
	}
	relay, err := outbox.NewRelay(store, mediator)
	if err != nil {
		return nil, err
	}
	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.Atoi(r.URL.Query().Get("number"))
		if err := mediator.Send(r.Context(), PlaceOrder{Number: number}); err != nil {
			http.Error(w, "not placed", http.StatusServiceUnavailable)
		}
	})
	return &Shop{c, mediator, relay, &http.Server{Handler: orders, ReadHeaderTimeout: time.Second}}, nil
}

func beginShopTx(s *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := s.Begin()
	return tx, container.Transaction(tx)
}

// Run serves until ctx is cancelled, and then shuts down.
func (s *Shop) Run(ctx context.Context, listener net.Listener) error {
	relaying, stopRelay := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRelay()
	relayed, served := make(chan error, 1), make(chan error, 1)
	go func() { relayed <- s.Relay.Run(relaying) }()
	go func() { served <- s.Server.Serve(listener) }()

	var failed error
	select {
	case failed = <-served: // not before Shutdown, unless it cannot serve
	case failed = <-relayed:
		relayed <- nil // for the shutdown, which waits for it
	case <-ctx.Done():
	}
	return errors.Join(failed, s.shutdown(context.WithoutCancel(ctx), stopRelay, relayed))
}

// shutdown stops each part before the parts that it uses.
func (s *Shop) shutdown(ctx context.Context, stopRelay func(), relayed <-chan error) error {
	limit, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	// 1. The server accepts nothing more, and waits for the requests that it has accepted.
	err := s.Server.Shutdown(limit)
	// 2. The relay claims nothing more, and waits for its deliveries.
	stopRelay()
	err = errors.Join(err, <-relayed)
	// 3. The mediator refuses whatever still sends, and waits for what is in flight.
	err = errors.Join(err, s.Mediator.Close(limit))
	// 4. The container closes what the handlers were using.
	return errors.Join(err, s.Container.Close(limit))
}

// SIGTERM arrives while an order is being placed.
func Example_shutdown() {
	ctx, sigterm := context.WithCancel(context.Background()) // signal.NotifyContext in a program
	store, mailing := outboxtest.NewStore(), make(Mailing, 2)
	shop, err := NewShop(store, mailing, func(number int) {
		if number == 2 {
			fmt.Println("SIGTERM")
			sigterm()
		}
	}, func() { fmt.Println("database closed") })
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- shop.Run(ctx, listener) }()

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	order := func(number int) (status string) {
		response, err := client.Post(fmt.Sprintf("http://%s/?number=%d", listener.Addr(), number), "", nil)
		if err != nil {
			panic(err)
		}
		_ = response.Body.Close()
		return response.Status
	}
	fmt.Println("order 1:", order(1))
	fmt.Println("mail for order", <-mailing)
	second := order(2)
	fmt.Println("Run returned", <-ended)
	fmt.Println("order 2:", second)
	fmt.Println(shop.Mediator.Send(context.Background(), PlaceOrder{}))
	// Output:
	// order 1: 200 OK
	// mail for order 1
	// SIGTERM
	// database closed
	// Run returned <nil>
	// order 2: 200 OK
	// cqrs: the mediator was used for outbox_test.PlaceOrder after it was closed; stop what sends to it before you call Close
}
