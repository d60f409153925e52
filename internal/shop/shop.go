// Package shop is an application that uses every way of wiring there is, for the tests of
// topologies. It does nothing.
package shop

import (
	"context"
	"iter"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	placeOrder struct{ cqrs.Command }
	payOrder   struct {
		cqrs.CommandOf[receipt]
	}
	receipt    struct{}
	findOrder  struct{ cqrs.Query[receipt] }
	listOrders struct{ cqrs.StreamOf[receipt] }

	orderPlaced struct {
		cqrs.DomainEvent
		ID string
	}
	orderPaid struct{ cqrs.DomainEvent }
	audited   interface {
		cqrs.Event
		isAudited()
	}

	database  struct{}
	shopTx    struct{}
	shopClock interface{ now() }
	realClock struct{}
	plugin    interface{ plug() }
	discount  struct{}
	voucher   struct{}
	cache     struct{}
	settings  struct{}
	shopAudit struct{}

	placeHandler  struct{ cqrs.EventRecorder }
	cardHandler   struct{}
	cashHandler   struct{}
	cachedOrders  struct{}
	storedOrders  struct{}
	listHandler   struct{}
	stockHandler  struct{}
	mailHandler   struct{}
	reportHandler struct{}
	auditHandler  struct{}
	shopJournal   struct{ cqrs.Journal }
)

func (orderPlaced) isAudited() {}
func (realClock) now()         {}
func (discount) plug()         {}
func (voucher) plug()          {}

func (*placeHandler) Handle(context.Context, placeOrder) error             { return nil }
func (*cardHandler) Handle(context.Context, payOrder) (r receipt, e error) { return r, e }
func (*cashHandler) Handle(context.Context, payOrder) (r receipt, e error) { return r, e }
func (*cachedOrders) Handle(context.Context, findOrder) (receipt, error) {
	return receipt{}, cqrs.ErrNotHandled
}
func (*storedOrders) Handle(context.Context, findOrder) (r receipt, e error)      { return r, e }
func (*listHandler) Handle(context.Context, listOrders) iter.Seq2[receipt, error] { return nil }
func (*stockHandler) Handle(context.Context, orderPlaced) error                   { return nil }
func (*mailHandler) Handle(context.Context, orderPlaced) error                    { return nil }
func (*reportHandler) Handle(context.Context, orderPlaced) error                  { return nil }
func (*auditHandler) Handle(context.Context, audited) error                       { return nil }

func (*shopAudit) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

func passOn(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

type orderDeps struct {
	dig.In
	Tx      *shopTx
	Clock   shopClock
	Main    *settings `name:"main"`
	Cache   *cache    `optional:"true"`
	Plugins []plugin  `group:"plugins"`
}

func newDatabase() (*database, container.Finalizer, error)            { return &database{}, nil, nil }
func newTx(context.Context, *database) (*shopTx, container.Finalizer) { return &shopTx{}, nil }
func newClock() *realClock                                            { return &realClock{} }
func newSettings() *settings                                          { return &settings{} }
func newDiscount(*database) plugin                                    { return discount{} }
func newVoucher(*shopTx) plugin                                       { return voucher{} }
func decorateTx(tx *shopTx, _ shopClock) *shopTx                      { return tx }
func newPlaceHandler(orderDeps, cqrs.Sender) *placeHandler            { return &placeHandler{} }
func newCardHandler(*database) *cardHandler                           { return &cardHandler{} }
func newCashHandler(*database) *cashHandler                           { return &cashHandler{} }
func newCachedOrders() *cachedOrders                                  { return &cachedOrders{} }
func newStoredOrders(*shopTx) *storedOrders                           { return &storedOrders{} }
func newListHandler(*shopTx) *listHandler                             { return &listHandler{} }
func newStockHandler(*shopTx) *stockHandler                           { return &stockHandler{} }
func newMailHandler() *mailHandler                                    { return &mailHandler{} }
func newReportHandler(*database) *reportHandler                       { return &reportHandler{} }
func newAuditHandler(*database) *auditHandler                         { return &auditHandler{} }
func newShopAudit(*database) *shopAudit                               { return &shopAudit{} }
func newJournal(*shopTx) cqrs.Journal                                 { return shopJournal{} }

// App is the application as lists of steps, those of which do not depend on their order that are
// in different lists, or are constructors.
type App struct {
	Constructors []func(*container.Container) error
	Requests     []func(*cqrs.RequestMap)
	Events       []func(*cqrs.EventMap)
	Options      []bootstrap.Option
}

// New returns the application.
func New() *App {
	provide := func(ctor any, opts ...dig.ProvideOption) func(*container.Container) error {
		return func(c *container.Container) error { return c.Provide(ctor, opts...) }
	}
	return &App{
		Constructors: []func(*container.Container) error{
			provide(newDatabase),
			provide(newTx, container.Scoped()),
			provide(newClock, dig.As(new(shopClock))),
			provide(newSettings, dig.Name("main")),
			provide(newDiscount, dig.Group("plugins")),
			provide(newVoucher, container.Scoped(), dig.Group("plugins")),
			func(c *container.Container) error { return c.Decorate(decorateTx) },
			func(c *container.Container) error { return c.ProvideDefault(newJournal, container.Scoped()) },
			provide(newPlaceHandler), provide(newCardHandler), provide(newCashHandler),
			provide(newCachedOrders, container.Singleton()), provide(newStoredOrders), provide(newListHandler),
			provide(newStockHandler), provide(newMailHandler), provide(newReportHandler),
			provide(newAuditHandler), provide(newShopAudit),
		},
		Requests: []func(*cqrs.RequestMap){
			func(m *cqrs.RequestMap) {
				cqrs.BindCommand[*placeHandler](m, cqrs.WithMiddleware(cqrs.MiddlewareFunc(passOn)))
			},
			func(m *cqrs.RequestMap) { cqrs.RegisterCommand(m, cqrs.CommandType[placeOrder]{Name: "shop.place"}) },
			func(m *cqrs.RequestMap) { cqrs.BindStream[*listHandler](m) },
			func(m *cqrs.RequestMap) {
				cqrs.BindTarget(m, cqrs.Fallback(cqrs.RequestTarget[*cardHandler](), cqrs.RequestTarget[*cashHandler](), nil))
			},
		},
		Events: []func(*cqrs.EventMap){
			func(m *cqrs.EventMap) { cqrs.BindEvent[*mailHandler](m, cqrs.AfterScope()) },
			func(m *cqrs.EventMap) { cqrs.BindEvent[*stockHandler](m) },
			func(m *cqrs.EventMap) {
				cqrs.BindEvent[*reportHandler](m, cqrs.Durable("shop.report", cqrs.InOrder(), cqrs.InBatches(10)))
			},
			func(m *cqrs.EventMap) { cqrs.BindEvent[*auditHandler](m, cqrs.SubscriptionName("audit")) },
			func(m *cqrs.EventMap) {
				cqrs.RegisterEvent(m, cqrs.EventType[orderPlaced]{
					Name: "shop.order_placed", FormerNames: []string{"order"}, Key: func(e orderPlaced) string { return e.ID },
				})
			},
			func(m *cqrs.EventMap) { cqrs.RegisterEvent(m, cqrs.EventType[orderPaid]{Name: "shop.order_paid"}) },
		},
		Options: []bootstrap.Option{
			bootstrap.WithMiddleware(cqrs.Only[audited](cqrs.MiddlewareFunc(passOn)), cqrs.AroundScope(cqrs.Built[*shopAudit]())),
			bootstrap.WithModules(bootstrap.Module{
				Name: "search",
				Queries: func(m *cqrs.RequestMap) {
					cqrs.BindTarget(m, cqrs.Chain(cqrs.RequestTarget[*cachedOrders](), cqrs.RequestTarget[*storedOrders]()))
				},
				Middleware: []cqrs.Middleware{cqrs.MiddlewareFunc(passOn)},
			}),
		},
	}
}

// Container returns a container with the constructors.
func (a *App) Container() (*container.Container, error) {
	c := container.New()
	for _, provide := range a.Constructors {
		if err := provide(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// BindRequests is a mapper.
func (a *App) BindRequests(m *cqrs.RequestMap) {
	for _, bind := range a.Requests {
		bind(m)
	}
}

// BindEvents is a mapper.
func (a *App) BindEvents(m *cqrs.EventMap) {
	for _, bind := range a.Events {
		bind(m)
	}
}
