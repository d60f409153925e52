// Package cqrs dispatches commands, queries and domain events to handlers that a
// container builds for each request.
//
// A message states its result by what it embeds, and its handler has a method Handle.
// No call names a type argument:
//
//	type AddBook struct {
//		cqrs.CommandOf[int] // answered by the number of the book
//		Title               string
//	}
//
//	type Library struct{ titles map[int]string }
//
//	func NewLibrary() *Library { return &Library{titles: map[int]string{}} }
//
//	type AddBookHandler struct{ library *Library }
//
//	func NewAddBookHandler(l *Library) *AddBookHandler { return &AddBookHandler{l} }
//
//	func (h *AddBookHandler) Handle(_ context.Context, c AddBook) (int, error) {
//		number := len(h.library.titles) + 1
//		h.library.titles[number] = c.Title
//		return number, nil
//	}
//
//	func main() {
//		c := container.New()
//		if err := c.ProvideAll(NewLibrary, NewAddBookHandler); err != nil {
//			panic(err)
//		}
//		mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
//			cqrs.BindRequest[*AddBookHandler](m)
//		}, nil)
//		if err != nil {
//			panic(err)
//		}
//		number, err := cqrs.Send(context.Background(), mediator, AddBook{Title: "Momo"})
//		fmt.Println(number, err) // 1 <nil>
//	}
//
// # Where a mediator comes from
//
// Handlers and their dependencies are ordinary constructors, provided to a container of
// package container, which builds on go.uber.org/dig. Mapper functions bind handlers to
// messages. bootstrap.New takes the container, a mapper for requests and a mapper for
// events, either of which may be nil, and returns a [*Mediator]. It reports everything
// that can be found before the first request in one error: a missing dependency, a cycle,
// a singleton that needs a scoped value, a second handler for a command.
//
// Each call of a Mediator is a request with a scope of its own. Values whose constructors
// are provided with container.Scoped are built at most once per request and shared by
// everything that takes part in it, so that one transaction can span a command, the
// commands that it sends, and the handlers of their events.
//
// A constructor may also return a container.Finalizer. It runs when the scope closes and
// receives the outcome of the request, to commit or to roll back:
//
//	func NewLedger() (*Ledger, container.Finalizer) {
//		l := &Ledger{}
//		return l, func(_ context.Context, outcome error) error {
//			if outcome != nil {
//				fmt.Println("nothing booked:", outcome)
//				return nil
//			}
//			fmt.Println("booked:", l.booked)
//			return nil
//		}
//	}
//
//	c.Provide(NewLedger, container.Scoped())
//
// # Messages
//
// A message is a struct that embeds one of five types:
//
//	cqrs.Command       a command without a result     Handle(ctx, C) error
//	cqrs.CommandOf[R]  a command that returns R       Handle(ctx, C) (R, error)
//	cqrs.Query[R]      a query that returns R         Handle(ctx, Q) (R, error)
//	cqrs.StreamOf[T]   a request for a stream of T    Handle(ctx, S) iter.Seq2[T, error]
//	cqrs.DomainEvent   an event                       Handle(ctx, E) error
//
//	type LendBook struct {
//		cqrs.Command // returns only an error
//		Number       int
//	}
//
//	type CountBooks struct{ cqrs.Query[int] }
//
// Messages are values. A pointer that is sent, recorded or bound is an error with
// [ErrPointer]. A request has exactly one handler, found by the exact type of the message.
//
// # Handlers and binding
//
// A mapper binds handlers by their type; the message is inferred from Handle. A handler
// whose result differs from the one that its message states does not compile.
//
//	func(m *cqrs.RequestMap) {
//		cqrs.BindRequest[*AddBookHandler](m)
//		cqrs.BindCommand[*LendBookHandler](m)
//		cqrs.BindRequest[*CountBooksHandler](m)
//	}
//
// A handler can also be a function, as in BindCommand[cqrs.CommandFunc[LendBook]](m): see
// [CommandFunc].
//
// [BindCommand] is for commands without a result, [BindRequest] for queries and commands
// with a result, [BindStream] for streams, and [BindEvent] for events. By default a new
// handler is built for each message. A handler whose constructor is provided with
// container.Singleton is built once; it must be safe for concurrent use and cannot record
// events.
//
// # Sending
//
// [Mediator.Send] sends a command without a result. The function [Send] sends queries
// and commands with a result, and returns the type that the message states:
//
//	count, err := cqrs.Send(ctx, mediator, CountBooks{}) // a query
//	err = mediator.Send(ctx, LendBook{Number: 1}) // a command without a result
//
// A request runs in this order:
//
//  1. Middleware around the scope runs, and the scope opens.
//  2. Middleware around the handler runs, the handler is built, and Handle is called.
//  3. If Handle succeeds, the recorded events are delivered in the scope.
//  4. Events for durable subscriptions are written to the [Journal].
//  5. The scope closes: finalizers run, the last one built first.
//  6. If the request has succeeded, events are delivered after the scope.
//
// # Events and delivery
//
// A handler that embeds [EventRecorder] records events, which are dispatched only if the
// handler succeeds:
//
//	type PlantTreeHandler struct{ cqrs.EventRecorder }
//
//	func (h *PlantTreeHandler) Handle(_ context.Context, c PlantTree) error {
//		h.Record(TreePlanted{Kind: c.Kind})
//		return nil
//	}
//
// An event has any number of handlers, called in the order of binding. Each binding is a
// subscription, which chooses when its events are delivered:
//
//	func(m *cqrs.EventMap) {
//		cqrs.BindEvent[*MapOfTrees](m)
//		cqrs.BindEvent[*PizzaMail](m, cqrs.AfterScope())
//	}
//
// By default an event is delivered in the scope of the request. Events are handled first
// in, first out; follow-up events, which event handlers record in turn, join the end of
// the queue. A handler that fails stops the others and fails the request with an
// [*EventError].
//
// With [AfterScope] an event is delivered once the request has succeeded and its scope
// has closed, in a scope of its own. It cannot undo the request: if the handler fails, the
// caller gets the result together with an error that joins an [*EventError] for each failed
// delivery. [Done] distinguishes such an error from that of a failed request:
//
//	number, err := cqrs.Send(context.Background(), mediator, OrderPizza{Email: email})
//	if !cqrs.Done(err) {
//		fmt.Println("no order:", err)
//		continue
//	}
//	fmt.Println("order", number)
//
// [Mediator.Publish] delivers events that no handler has recorded. [Mediator.PublishTo]
// retries a delivery that failed after the scope:
//
//	for _, failed := range cqrs.EventErrors(err) {
//		fmt.Println(mediator.PublishTo(context.Background(), failed.Subscription, failed.Value))
//	}
//
// With [Durable] an event is stored in the transaction of the request, so that it survives a
// crash, and delivered later by a relay of package cqrs/outbox, in a scope of its own, until the
// handler succeeds:
//
//	func(m *cqrs.EventMap) {
//		cqrs.RegisterEvent(m, cqrs.EventType[TicketBought]{Name: "ticket.bought"})
//		cqrs.BindEvent[*TicketMail](m, cqrs.Durable("ticket-mail"))
//	}
//
// The scope then provides a [Journal], which writes in its transaction. [Schedule] does the same
// for a command that is to be sent later.
//
// A handler whose Handle takes an interface receives every event that implements it, after
// the handlers bound to the event's own type. An event without a handler is logged, or an
// error with bootstrap.WithStrictEvents. A handler that embeds [Records1] instead of EventRecorder
// declares what it records, so that bootstrap.WithProvenEvents finds such an event at start-up.
//
// # Sender and Run
//
// A handler that asks for a [Sender] in its constructor sends within its own request. The
// nested command shares the scope, and its events join the queue of the request:
//
//	type MoveMoneyHandler struct{ sender cqrs.Sender }
//
//	func NewMoveMoneyHandler(s cqrs.Sender) *MoveMoneyHandler { return &MoveMoneyHandler{s} }
//
//	func (h *MoveMoneyHandler) Handle(ctx context.Context, c MoveMoney) error {
//		if err := h.sender.Send(ctx, BookMoney{Account: c.From, Amount: -c.Amount}); err != nil {
//			return err
//		}
//		return h.sender.Send(ctx, BookMoney{Account: c.To, Amount: c.Amount})
//	}
//
// [Mediator.Run] does the same for a caller that sends several messages as one request:
//
//	_ = mediator.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
//		if err := s.Send(ctx, MoveMoney{From: "ann", To: "bob", Amount: 1}); err != nil {
//			return err
//		}
//		return s.Send(ctx, BookMoney{Account: "tax", Amount: 1})
//	})
//
// # Streams
//
// The handler of a [StreamOf] message returns an iterator:
//
//	func (h *ReadLogHandler) Handle(_ context.Context, s ReadLog) iter.Seq2[string, error] {
//		return func(yield func(string, error) bool) {
//			for n := range s.Lines {
//				if !yield(fmt.Sprint("line ", n+1), nil) {
//					return
//				}
//			}
//		}
//	}
//
// [Stream] returns the items. The request begins when the result is ranged over and ends
// with the range; breaking out of the loop closes the scope at once. An error is always
// the last item:
//
//	for line, err := range cqrs.Stream(ctx, mediator, ReadLog{Lines: 2}) {
//		if err != nil {
//			fmt.Println(err) // always the last
//			break
//		}
//		fmt.Println(line)
//	}
//
// # Middleware and its order
//
// A [Middleware] wraps handlers of every kind, those of events and streams included. The
// simplest one is a function:
//
//	func Trace(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
//		result, err := next(ctx, in)
//		fmt.Printf("%v %T to %s: %v\n", in.Kind(), in.Message(), in.Handler(), err)
//		return result, err
//	}
//
//	bootstrap.WithMiddleware(cqrs.MiddlewareFunc(Trace), cqrs.MiddlewareFunc(Validate))
//
// The first one is outermost: here Trace(Validate(handler)). [Built] has the container
// build a middleware, [Only] limits it to messages that implement an interface, [For] to
// one type of request, and [WithMiddleware] to one binding:
//
//	cqrs.BindRequest[*VaultHandler](m, cqrs.WithMiddleware(cqrs.For(TwoKeys)))
//	bootstrap.WithMiddleware(
//		cqrs.AroundScope(cqrs.MiddlewareFunc(Commits)),
//		cqrs.Only[Audited](cqrs.Built[*Auditor]()),
//	)
//
// Middleware runs in the scope of the request, unless [AroundScope] puts it outside, where
// it sees the outcome with all events and finalizers, and can retry with a new scope. From
// the outside in:
//
//	AroundScope(all handlers(one binding(handler)))
//
// # Chain and fallback
//
// Several handlers can share one request. [Chain] tries them in order until one answers;
// a handler passes the message on by returning [ErrNotHandled]:
//
//	cqrs.BindTarget(m, cqrs.Chain(
//		cqrs.RequestTarget[*PostQuotes](),
//		cqrs.RequestTarget[*FreightQuotes](),
//	))
//
// [Fallback] tries a second handler if the first one fails with an error that a function
// accepts:
//
//	closed := func(err error) bool { return errors.Is(err, errMarketClosed) }
//	cqrs.BindTarget(m, cqrs.Fallback(
//		cqrs.RequestTarget[*MarketRates](),
//		cqrs.RequestTarget[*RatesOfYesterday](),
//		closed))
//
// # Errors
//
// The error of a handler is returned unchanged under errors.Is and errors.As, and further
// errors, such as those of finalizers, are joined to it. The errors of this package have
// types for errors.As; where one type has several reasons, such as [ErrNilContext],
// errors.Is matches the reason. A panic in the application's code is returned as a
// [*PanicError] with its stack.
//
//	err = mediator.Send(ctx, StartEngines{})
//	if missing, ok := errors.AsType[*cqrs.NoHandlerError](err); ok {
//		fmt.Println("did you mean", missing.Suggestions)
//	}
//
// The texts of this package name types and positions, never the contents of a message.
//
// # Concurrency
//
// A Mediator is safe for concurrent use. A handler runs on the goroutine of its caller,
// and so do deliveries in the scope, one after another. Deliveries after the scope run on
// that goroutine too, and with bootstrap.WithEventConcurrency(n) also on up to n-1 others,
// which all requests share. Several goroutines may use a Sender at once; the request waits
// for what they send. Send returns when everything is done, deliveries after the scope
// included.
//
// # What it does not do
//
// There is no broker. An event without a durable subscription is only in memory, and lost if the
// process ends before it is delivered. State is not derived from stored events, so this is not
// event sourcing. Only durable deliveries are retried, unless a middleware or the caller does so.
package cqrs
