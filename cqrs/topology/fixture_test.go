package topology_test

import "github.com/digcqrs/digcqrs/cqrs/topology"

const rooms = "example.com/meet/rooms."

// handler describes a handler that needs components, and the component itself.
func handler(a *topology.Application, name string, records []string, needs ...string) topology.Plan {
	c := component("*"+rooms+name, topology.Transient, needs...)
	a.Components = append(a.Components, c)
	h := &topology.Handler{Type: c.ID, Component: c.ID}
	for _, r := range records {
		h.Records = append(h.Records, rooms+r)
	}
	return topology.Plan{Kind: topology.Single, Handler: h}
}

func component(id string, lifetime topology.Lifetime, needs ...string) topology.Component {
	c := topology.Component{ID: id, Kind: topology.Constructor, Lifetime: lifetime, Provides: []string{id}}
	for _, n := range needs {
		c.Needs = append(c.Needs, topology.Need{Key: n, Component: n})
	}
	return c
}

const (
	tx      = "*database/sql.Tx"
	db      = "*database/sql.DB"
	journal = "github.com/digcqrs/digcqrs/cqrs.Journal"
	session = "*example.com/meet/auth.Session"
)

// meeting describes an application that has a bit of everything.
func meeting() topology.Application {
	a := topology.Application{Schema: topology.Schema, Journal: journal}
	transaction := component(tx, topology.Scoped, db)
	transaction.Finalizer = true
	a.Components = []topology.Component{
		transaction, component(db, topology.Singleton), component(journal, topology.Scoped, tx), component(session, topology.Scoped),
	}
	timeout := topology.Middleware{
		Name: "github.com/digcqrs/digcqrs/cqrs/middleware.Timeout.func1", Around: topology.AroundScope}
	logging := topology.Middleware{Name: rooms + "Logging", Around: topology.AroundHandler}
	guard := topology.Middleware{Name: "*example.com/meet/auth.Guard", Around: topology.AroundHandler, Component: "*example.com/meet/auth.Guard"}
	a.Components = append(a.Components, component(guard.Component, topology.Scoped, session))

	plan := func(name string, records []string, needs ...string) topology.Plan {
		return handler(&a, name, records, needs...)
	}
	all := func(m ...topology.Middleware) []topology.Middleware { return m }
	a.Requests = []topology.Request{
		{Message: rooms + "CloseRoom", Kind: topology.Command, Fields: []topology.Field{
			{Name: "Room", Type: "string"}, {Name: "Guests", Type: "map[string]*example.com/meet/rooms.Guest"},
			{Name: "Why", Type: "func(context.Context, string, map[string]int) (error, bool)"}}, Plan: plan("CloseRoomHandler", []string{"RoomClosed"}, tx)},
		{Message: rooms + "Invite", Kind: topology.Command, Result: "string", Module: "mail",
			Plan: topology.Plan{Kind: topology.Fallback, Of: []topology.Plan{
				plan("InviteBySMS", []string{"Invited"}), plan("InviteByMail", []string{"Invited"})}}},
		{Message: rooms + "JoinMeeting", Kind: topology.Command, Result: rooms + "Seat", Middleware: all(timeout, guard, logging),
			Plan: plan("JoinMeetingHandler", []string{"UserJoined", "RoomFull"}, tx, session)},
		{Message: rooms + "ReadRoom", Kind: topology.Query, Result: rooms + "Room", Plan: plan("ReadRoomHandler", nil, db)},
		{Message: rooms + "WatchRoom", Kind: topology.Stream, Result: rooms + "Seat", Plan: topology.Plan{
			Kind: topology.Chain, Of: []topology.Plan{plan("WatchCachedRoom", nil), plan("WatchRoomHandler", []string{"RoomWatched"}, tx)}}},
	}
	a.Events = []topology.Event{
		{Message: rooms + "Auditable", Interface: true, Subscriptions: []topology.Subscription{
			{Name: "audit", Mode: topology.InScope, Plan: plan("AuditHandler", nil, tx)}}},
		{Message: rooms + "Invited", Subscriptions: []topology.Subscription{
			{Name: "count", Mode: topology.AfterScope, Module: "mail", Plan: plan("CountInvitations", nil)}}},
		{Message: rooms + "RoomClosed", ByInterface: []string{"audit"}},
		{Message: rooms + "RoomFull", Subscriptions: []topology.Subscription{
			{Name: "waiting", Mode: topology.InScope, Plan: plan("WaitingListHandler", []string{"UserWaiting"}, tx)}}},
		{Message: rooms + "RoomWatched", Subscriptions: []topology.Subscription{
			{Name: "watched", Mode: topology.InScope, Plan: plan("CountWatchers", nil, tx)}}},
		{Message: rooms + "SeatTaken", Subscriptions: []topology.Subscription{
			{Name: "plan", Mode: topology.InScope, Plan: plan("SeatPlan", nil, tx), Middleware: all(logging)}}},
		{Message: rooms + "UserJoined", ByInterface: []string{"audit"}, Subscriptions: []topology.Subscription{
			{Name: "seat", Mode: topology.InScope, Plan: plan("SeatHandler", []string{"SeatTaken"}, tx)},
			{Name: "welcome-mail", Mode: topology.Durable, InOrder: true, Batch: 10, Module: "mail",
				Plan: plan("WelcomeMail", nil, tx), Middleware: all(timeout)},
			{Name: "chime", Mode: topology.AfterScope, Plan: plan("Chime", nil, session)},
		}},
	}
	return a
}
