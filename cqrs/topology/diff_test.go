package topology_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

const pkg = "example.com/shop/app."

func single(handler string) topology.Plan {
	return topology.Plan{Kind: topology.Single, Handler: &topology.Handler{Type: "*" + pkg + handler, Component: "*" + pkg + handler}}
}

func several(kind topology.PlanKind, handlers ...string) topology.Plan {
	p := topology.Plan{Kind: kind}
	for _, h := range handlers {
		p.Of = append(p.Of, single(h))
	}
	return p
}

func middlewares(names ...string) (all []topology.Middleware) {
	for _, name := range names {
		all = append(all, topology.Middleware{Name: pkg + name, Around: topology.AroundHandler, Where: "app/main.go:1"})
	}
	return all
}

func subscription(name string, mode topology.Mode, handler string) topology.Subscription {
	s := topology.Subscription{Name: name, Mode: mode, Where: "app/main.go:2", Plan: single(handler)}
	if mode == topology.Durable {
		s.Batch = 1
	}
	return s
}

// shop is the application that the tests change. Its requests are Close, Place and Read, and its events
// Closed, Placed and the interface Loud.
func shop() *topology.Application {
	place := topology.Request{
		Message: pkg + "Place", Kind: topology.Command, Result: pkg + "Number", Where: "app/main.go:3",
		Plan: single("Placer"), Middleware: middlewares("Log", "Limit", "main.func1"),
		Stored: &topology.Stored{Name: "place", FormerNames: []string{"order"}, Where: "app/main.go:4"},
	}
	place.Plan.Handler.Records = []string{pkg + "Placed", pkg + "Closed"}
	decorated := topology.Component{
		ID: "*" + pkg + "Store decorated by " + pkg + "Cache", Kind: topology.Decorator, Lifetime: topology.Singleton,
		Provides: []string{"*" + pkg + "Store"}, Constructor: pkg + "Cache",
	}
	ordered := subscription("projection", topology.Durable, "Projection")
	ordered.InOrder = true
	place.Fields = []topology.Field{{Name: "Item", Type: "string"}}
	literals := middlewares("main.func2", "main.func3")
	literals[0].Around = topology.AroundScope
	return &topology.Application{
		Schema: topology.Schema, Journal: "*" + pkg + "Journal",
		Requests: []topology.Request{
			{Message: pkg + "Close", Kind: topology.Command, Where: "app/main.go:5",
				Plan: several(topology.Chain, "Guard", "Closer", "Other")},
			place,
			{Message: pkg + "Read", Kind: topology.Query, Result: pkg + "View", Where: "app/main.go:6", Plan: single("Reader"),
				Middleware: literals},
		},
		Events: []topology.Event{
			{Message: pkg + "Closed", Fields: []topology.Field{{Name: "N", Type: "int"}, {Name: "By", Type: "string"}}, Subscriptions: []topology.Subscription{
				subscription("closed-mail", topology.Durable, "ClosedMail"),
			}, Stored: &topology.Stored{Name: "closed", Keyed: true, Where: "app/main.go:7"}, ByInterface: []string{"loud"}},
			{Message: pkg + "Loud", Interface: true, Subscriptions: []topology.Subscription{
				subscription("loud", topology.InScope, "Listener"),
			}},
			{Message: pkg + "Placed", Subscriptions: []topology.Subscription{
				subscription("stock", topology.InScope, "Stock"), subscription("prices", topology.InScope, "Prices"),
				ordered, subscription("mail", topology.AfterScope, "Mail"),
			}},
		},
		Components: []topology.Component{
			{ID: "*" + pkg + "Clock", Kind: topology.Constructor, Lifetime: topology.Singleton, Constructor: pkg + "NewClock"},
			{ID: "*" + pkg + "Placer", Kind: topology.Constructor, Lifetime: topology.Transient, Constructor: pkg + "NewPlacer",
				Needs: []topology.Need{{Key: "*" + pkg + "Tx", Component: "*" + pkg + "Tx"},
					{Key: "*" + pkg + "Clock", Component: "*" + pkg + "Clock", Optional: true}}},
			decorated,
			{ID: "*" + pkg + "Tx", Kind: topology.Constructor, Lifetime: topology.Scoped, Constructor: pkg + "BeginTx", Finalizer: true,
				Provides: []string{"*" + pkg + "Tx"}},
			{ID: "[]" + pkg + "Check", Kind: topology.Group, Lifetime: topology.Singleton,
				Needs: []topology.Need{{Key: pkg + "Check", Component: pkg + "NewStockCheck"}, {Key: pkg + "Check", Component: pkg + "NewPriceCheck"}}},
		},
	}
}

// Where the requests, the events and the components of the shop are.
const (
	closeOrder, place, read                 = 0, 1, 2
	closed, loud, placed                    = 0, 1, 2
	stock, prices, ordered, mail            = 0, 1, 2, 3
	clockAt, placerAt, cacheAt, txAt, setAt = 0, 1, 2, 3, 4
)

func TestDiff(t *testing.T) {
	t.Parallel()
	type app = *topology.Application
	for name, test := range map[string]struct {
		change func(app)
		want   []string // as Change.String
	}{
		"nothing": {func(app) {}, nil},

		"a request is lost": {func(a app) { a.Requests = slices.Delete(a.Requests, read, read+1) },
			[]string{"lost: query app.Read is no longer handled; it was by *app.Reader"}},
		"a request is added": {func(a app) {
			a.Requests = append(a.Requests, topology.Request{Message: pkg + "Zap", Kind: topology.Command, Plan: single("Zapper")})
		}, []string{"command app.Zap is handled now, by *app.Zapper"}},
		"a request has another kind": {func(a app) { a.Requests[read].Kind = topology.Command },
			[]string{"app.Read is a command now, and was a query"}},
		"a request has another result": {func(a app) { a.Requests[read].Result = "string" },
			[]string{"query app.Read returns string now, and returned app.View"}},
		"a request has no result": {func(a app) { a.Requests[place].Result = "" },
			[]string{"command app.Place returns no result now, and returned app.Number"}},

		"a handler is replaced": {func(a app) { a.Requests[read].Plan = single("FastReader") },
			[]string{"query app.Read is handled by *app.FastReader now, which replaces *app.Reader"}},
		"a handler of a chain is lost": {func(a app) { a.Requests[closeOrder].Plan = several(topology.Chain, "Guard", "Closer") },
			[]string{"lost: command app.Close is no longer handled by *app.Other"}},
		"a handler of a chain is added": {func(a app) {
			a.Requests[closeOrder].Plan = several(topology.Chain, "Guard", "Audit", "Closer", "Other")
		}, []string{"command app.Close is also handled by *app.Audit now"}},
		"a chain has another order": {func(a app) {
			a.Requests[closeOrder].Plan = several(topology.Chain, "Closer", "Guard", "Other")
		}, []string{"command app.Close is handled by *app.Closer, *app.Guard and *app.Other in this order now, " +
			"previously by *app.Guard, *app.Closer and *app.Other"}},
		"a chain becomes a fallback": {func(a app) {
			a.Requests[closeOrder].Plan = several(topology.Fallback, "Guard", "Closer", "Other")
		}, []string{"command app.Close is handled by a fallback now, previously by a chain"}},
		"a handler records less": {func(a app) { a.Requests[place].Plan.Handler.Records = []string{pkg + "Placed"} },
			[]string{"lost: *app.Placer, which handles command app.Place, no longer records app.Closed"}},
		"a handler records more": {func(a app) {
			h := a.Requests[place].Plan.Handler
			h.Records = append(h.Records, pkg+"Sold")
		}, []string{"*app.Placer, which handles command app.Place, records app.Sold now"}},

		"a middleware is lost": {func(a app) { a.Requests[place].Middleware = middlewares("Log", "main.func1") },
			[]string{"lost: command app.Place is no longer wrapped in middleware app.Limit"}},
		"a middleware is added": {func(a app) { a.Requests[closeOrder].Middleware = middlewares("Cache") },
			[]string{"command app.Close is wrapped in middleware app.Cache now"}},
		"middleware has another order": {func(a app) { a.Requests[place].Middleware = middlewares("Limit", "Log", "main.func1") },
			[]string{"middleware of command app.Place is in the order app.Limit, app.Log and app.main.func now, " +
				"and was in the order app.Log, app.Limit and app.main.func"}},
		"a middleware moves around the scope": {func(a app) { a.Requests[place].Middleware[0].Around = topology.AroundScope },
			[]string{"middleware app.Log wraps the scope of command app.Place now, and wrapped the handler"}},
		"a middleware becomes conditional": {func(a app) { a.Requests[place].Middleware[1].Conditional = true },
			[]string{"lost: middleware app.Limit applies only to some messages of command app.Place now"}},

		"a command is no longer stored": {func(a app) { a.Requests[place].Stored = nil },
			[]string{`lost: command app.Place can no longer be stored, nor read where it is stored as "place"`}},
		"a command can be stored": {func(a app) { a.Requests[closeOrder].Stored = &topology.Stored{Name: "close"} },
			[]string{`command app.Close can be stored now, as "close"`}},
		"a stored name changes": {func(a app) { a.Requests[place].Stored.Name = "place2" },
			[]string{`lost: command app.Place can no longer be read where it is stored as "place"`,
				`command app.Place is stored as "place2" now, and was as "place"`}},
		"a stored name changes and is kept as a former one": {func(a app) {
			a.Requests[place].Stored.Name, a.Requests[place].Stored.FormerNames = "place2", []string{"place", "order"}
		}, []string{`command app.Place is stored as "place2" now, and was as "place"`}},
		"a former name is lost": {func(a app) { a.Requests[place].Stored.FormerNames = nil },
			[]string{`lost: command app.Place can no longer be read where it is stored as "order"`}},
		"a former name is added": {func(a app) { a.Requests[place].Stored.FormerNames = []string{"order", "purchase"} },
			[]string{`command app.Place can also be read where it is stored as "purchase" now`}},
		"a key is lost": {func(a app) { a.Events[closed].Stored.Keyed = false },
			[]string{"lost: event app.Closed is stored without a key now"}},
		"the journal is lost": {func(a app) { a.Journal = "" },
			[]string{"lost: nothing is stored any longer; it was by the journal *app.Journal"}},
		"the journal is replaced": {func(a app) { a.Journal = "*" + pkg + "OtherJournal" },
			[]string{"the journal is *app.OtherJournal now, and was *app.Journal"}},

		"an event is no longer handled": {func(a app) { a.Events[closed].Subscriptions, a.Events[closed].ByInterface = nil, nil },
			[]string{"lost: event app.Closed is no longer handled; it was by *app.ClosedMail and loud",
				`lost: durable subscription "closed-mail" is gone: its pending deliveries would be orphaned`}},
		"an event is gone": {func(a app) { a.Events = slices.Delete(a.Events, loud, loud+1) },
			[]string{"lost: event app.Loud is no longer handled; it was by *app.Listener"}},
		"an event is added": {func(a app) {
			a.Events = append(a.Events, topology.Event{Message: pkg + "Sold",
				Subscriptions: []topology.Subscription{subscription("sold", topology.InScope, "Stock")}})
		}, []string{"event app.Sold is handled now, by *app.Stock"}},
		"a subscription is lost": {func(a app) {
			a.Events[placed].Subscriptions = slices.Delete(a.Events[placed].Subscriptions, mail, mail+1)
		}, []string{"lost: event app.Placed is no longer handled by *app.Mail, after-scope"}},
		"a subscription is added": {func(a app) {
			a.Events[placed].Subscriptions = append(a.Events[placed].Subscriptions, subscription("sms", topology.AfterScope, "SMS"))
		}, []string{"event app.Placed is also handled by *app.SMS now, after-scope"}},
		"a durable subscription is renamed": {func(a app) { a.Events[placed].Subscriptions[ordered].Name = "view" },
			[]string{`lost: durable subscription "projection" of event app.Placed was renamed to "view": ` +
				"its pending deliveries would be orphaned"}},
		"another subscription is renamed": {func(a app) { a.Events[placed].Subscriptions[stock].Name = "shelf" },
			[]string{`subscription "stock" of event app.Placed was renamed to "shelf"`}},
		"in-scope becomes after-scope": {func(a app) { a.Events[placed].Subscriptions[stock].Mode = topology.AfterScope },
			[]string{"lost: event app.Placed for *app.Stock became after-scope, and was in-scope: " +
				"a failure no longer rolls the request back, and a crash can lose the event"}},
		"after-scope becomes in-scope": {func(a app) { a.Events[placed].Subscriptions[mail].Mode = topology.InScope },
			[]string{"event app.Placed for *app.Mail became in-scope, and was after-scope: a failure rolls the request back"}},
		"durable becomes after-scope": {func(a app) { a.Events[placed].Subscriptions[ordered].Mode = topology.AfterScope },
			[]string{"lost: event app.Placed for *app.Projection became after-scope, and was durable: pending deliveries would be orphaned"}},
		"after-scope becomes durable": {func(a app) { a.Events[placed].Subscriptions[mail].Mode = topology.Durable },
			[]string{"event app.Placed for *app.Mail became durable, and was after-scope: it survives a crash"}},
		"after-scope becomes durable, under a name of its own": {func(a app) {
			s := &a.Events[placed].Subscriptions[mail]
			s.Mode, s.Name = topology.Durable, "mail"
		}, []string{"event app.Placed for *app.Mail became durable, and was after-scope: it survives a crash"}},
		"durable becomes after-scope, under another name": {func(a app) {
			s := &a.Events[placed].Subscriptions[ordered]
			s.Mode, s.Name = topology.AfterScope, "*app.Projection"
		}, []string{"lost: event app.Placed for *app.Projection became after-scope, and was durable: pending deliveries would be orphaned"}},
		"in-scope becomes durable": {func(a app) { a.Events[placed].Subscriptions[prices].Mode = topology.Durable },
			[]string{"event app.Placed for *app.Prices became durable, and was in-scope: a failure no longer rolls the request back"}},
		"subscriptions have another order": {func(a app) {
			s := a.Events[placed].Subscriptions
			s[stock], s[prices] = s[prices], s[stock]
		}, []string{"event app.Placed is delivered in-scope to prices and stock in this order now, and was to stock and prices"}},
		"a subscription is no longer in order": {func(a app) { a.Events[placed].Subscriptions[ordered].InOrder = false },
			[]string{"lost: event app.Placed for *app.Projection is no longer delivered in order"}},
		"a subscription gets batches": {func(a app) { a.Events[placed].Subscriptions[ordered].Batch = 50 },
			[]string{"event app.Placed for *app.Projection is delivered in batches of up to 50 now, and was of up to 1"}},
		"a handler of an event is replaced": {func(a app) { a.Events[placed].Subscriptions[ordered].Plan = single("View") },
			[]string{"event app.Placed, durable, is handled by *app.View now, which replaces *app.Projection"}},
		"an event handler loses a middleware": {func(a app) { a.Events[placed].Subscriptions[mail].Middleware = middlewares("Log") },
			[]string{"event app.Placed for *app.Mail is wrapped in middleware app.Log now"}},
		"an event no longer implements an interface": {func(a app) { a.Events[closed].ByInterface = nil },
			[]string{"lost: event app.Closed is no longer received by subscription loud to an interface"}},
		"an event implements an interface": {func(a app) { a.Events[placed].ByInterface = []string{"loud"} },
			[]string{"event app.Placed is also received by subscription loud to an interface now"}},

		"a dependency becomes scoped": {func(a app) { a.Components[clockAt].Lifetime = topology.Scoped },
			[]string{"*app.Clock became scoped, and was singleton"}},
		"a constructor is replaced": {func(a app) { a.Components[clockAt].Constructor = pkg + "NewUTCClock" },
			[]string{"*app.Clock is made by app.NewUTCClock now, previously by app.NewClock"}},
		"a component is replaced for a test": {func(a app) { a.Components[clockAt].Source = topology.Replacement },
			[]string{"*app.Clock comes from a replacement constructor now, and came from a constructor"}},
		"a finalizer is lost": {func(a app) { a.Components[txAt].Finalizer = false },
			[]string{"lost: *app.Tx no longer has a finalizer"}},
		"a finalizer is added": {func(a app) { a.Components[clockAt].Finalizer = true },
			[]string{"*app.Clock has a finalizer now"}},
		"a decorator is lost": {func(a app) { a.Components = slices.Delete(a.Components, cacheAt, cacheAt+1) },
			[]string{"lost: app.Cache no longer decorates *app.Store"}},
		"a member of a group is lost": {func(a app) { a.Components[setAt].Needs = a.Components[setAt].Needs[:1] },
			[]string{"lost: []app.Check lost its members app.NewPriceCheck"}},
		"a need is lost": {func(a app) { a.Components[placerAt].Needs = a.Components[placerAt].Needs[:1] },
			[]string{"*app.Placer no longer needs *app.Clock"}},
		"a need is added": {func(a app) {
			a.Components[txAt].Needs = []topology.Need{{Key: "*sql.DB"}}
		}, []string{"*app.Tx needs *sql.DB now"}},
		"an optional need is no longer provided": {func(a app) { a.Components[placerAt].Needs[1].Component = "" },
			[]string{"lost: *app.Placer does without *app.Clock now, which nothing provides"}},

		"a constructor returns another type and loses its finalizer": {func(a app) {
			a.Components[txAt].ID, a.Components[txAt].Finalizer = "*"+pkg+"Log", false
			a.Components[txAt].Provides = []string{"*" + pkg + "Log", "*" + pkg + "Tx"}
		}, []string{"lost: *app.Tx no longer has a finalizer"}},
		"a decorator decorates another type": {func(a app) {
			a.Components[cacheAt].ID = "*" + pkg + "Index decorated by " + pkg + "Cache"
			a.Components[cacheAt].Provides = []string{"*" + pkg + "Index", "*" + pkg + "Store"}
		}, []string{"app.Cache also decorates *app.Index now"}},

		"a field of a stored event has another type": {func(a app) { a.Events[closed].Fields[0].Type = "string" },
			[]string{"lost: field N of event app.Closed has type string now, previously int: its stored values may be unreadable"}},
		"a field of a stored event is lost": {func(a app) { a.Events[closed].Fields = a.Events[closed].Fields[:1] },
			[]string{"lost: event app.Closed no longer has field By: its stored values would be ignored"}},
		"a field of a stored event is added": {func(a app) {
			a.Events[closed].Fields = append(a.Events[closed].Fields, topology.Field{Name: "Why", Type: pkg + "Reason"})
		}, []string{"event app.Closed has field Why of type app.Reason now"}},
		"a field of a stored command is lost": {func(a app) { a.Requests[place].Fields = nil },
			[]string{"lost: command app.Place no longer has field Item: its stored values would be ignored"}},

		"the second function literal becomes conditional": {func(a app) { a.Requests[read].Middleware[1].Conditional = true },
			[]string{"lost: middleware app.main.func3 applies only to some messages of query app.Read now"}},

		// What makes no difference.
		"fields have another order": {func(a app) { slices.Reverse(a.Events[closed].Fields) }, nil},
		"a field of an event that is not stored is added": {func(a app) {
			a.Events[placed].Fields = []topology.Field{{Name: "N", Type: "int"}}
		}, nil},
		"a constructor returns another type": {func(a app) {
			a.Components[txAt].ID = "*" + pkg + "Log"
			a.Components[txAt].Provides = []string{"*" + pkg + "Log", "*" + pkg + "Tx"}
		}, nil},
		"lines move": {func(a app) {
			a.Requests[place].Where, a.Events[placed].Subscriptions[stock].Where, a.Components[txAt].Where = "x.go:9", "y.go:9", "z.go:9"
			a.Requests[place].Middleware[0].Where, a.Requests[place].Stored.Where = "x.go:8", "x.go:7"
		}, nil},
		"modules change": {func(a app) {
			a.Requests[place].Module, a.Events[placed].Subscriptions[stock].Module = "orders", "orders"
		}, nil},
		"registration has another order": {func(a app) {
			slices.Reverse(a.Requests)
			slices.Reverse(a.Events)
			slices.Reverse(a.Components)
		}, nil},
		"a function literal is added": {func(a app) { a.Requests[place].Middleware[2].Name = pkg + "main.func2" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := shop()
			test.change(changed)
			var got []string
			for _, c := range topology.Diff(*shop(), *changed) {
				got = append(got, c.String())
				assert.NotEmpty(t, c.Kind)
				assert.NotEmpty(t, c.Subject)
			}
			assert.Equal(t, test.want, got)
			if test.want == nil {
				assert.Empty(t, topology.Diff(*changed, *shop()))
			} else {
				assert.NotEmpty(t, topology.Diff(*changed, *shop()), "the other way round")
			}
		})
	}
}

func TestDiff_OfARelease(t *testing.T) {
	t.Parallel()
	changed := shop()
	changed.Requests[read].Plan = single("FastReader")
	changed.Requests[place].Middleware = middlewares("Limit", "Log", "main.func1")
	changed.Events[closed].Subscriptions, changed.Events[closed].ByInterface = nil, nil
	changed.Events[placed].Subscriptions[stock].Mode = topology.AfterScope
	changed.Events[placed].Subscriptions[ordered].Name = "view"
	changed.Components[clockAt].Lifetime = topology.Scoped
	var text strings.Builder
	for _, c := range topology.Diff(*shop(), *changed) {
		text.WriteString(c.String() + "\n")
	}
	testkit.AssertGolden(t, "testdata/changes.txt", text.String())
}

func TestDiff_OfItself(t *testing.T) {
	t.Parallel()

	t.Run("is empty with function literals that differ", func(t *testing.T) {
		t.Parallel()
		a := shop()
		a.Requests[place].Middleware = middlewares("main.func1", "main.func2", "main.func3")
		a.Requests[place].Middleware[0].Around = topology.AroundScope
		a.Requests[place].Middleware[1].Conditional = true
		assert.Empty(t, topology.Diff(*a, *a))
	})

	t.Run("is empty for each topology in a golden file", func(t *testing.T) {
		t.Parallel()
		count := 0
		require.NoError(t, filepath.WalkDir("../..", func(file string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == ".git" && entry.IsDir() {
				return fs.SkipDir
			}
			if err != nil || entry.IsDir() || filepath.Ext(file) != ".json" || !strings.Contains(filepath.ToSlash(file), "/testdata/") {
				return err
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			a, err := topology.Parse(data)
			if err != nil {
				return nil // the JSON of something else
			}
			count++
			again, err := topology.Parse(data)
			require.NoError(t, err)
			assert.Empty(t, topology.Diff(a, again), file)
			return nil
		}))
		assert.GreaterOrEqual(t, count, 2, "found too few topologies")
	})
}

func TestDiff_OfJSON(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(shop())
	require.NoError(t, err)
	parsed, err := topology.Parse(data)
	require.NoError(t, err)
	assert.Empty(t, topology.Diff(*shop(), parsed))
	assert.NotEmpty(t, topology.Diff(topology.Application{}, parsed))
	assert.Empty(t, topology.Diff(topology.Application{}, topology.Application{}))
}
