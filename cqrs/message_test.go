package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// audited is embedded by messages of an application.
type audited[R any] struct {
	cqrs.Query[R]
	By string
}

type auditedRead struct{ audited[string] }

// A retried command embeds the one before it.
type retried struct {
	*retried
	cqrs.Command
}

// Messages that embed several types of package cqrs, at different depths.
type (
	findOrders   struct{ cqrs.Query[string] }
	closeOrders  struct{ cqrs.Command }
	countOrders  struct{ cqrs.CommandOf[string] }
	twiceDeep    struct{ closeOrders }
	pointsAtFind struct{ *findOrders }
	anyRequest   interface{ cqrs.Request[string] }

	commandAboveQuery struct {
		cqrs.Command
		findOrders
	}
	commandAfterQuery struct {
		findOrders
		cqrs.Command
	}
	commandOfAboveQuery struct {
		pointsAtFind
		countOrders
	}
	interfaceAboveQuery struct {
		cqrs.Request[string]
		findOrders
	}
	ownInterfaceAboveQuery struct {
		findOrders
		anyRequest
	}
	queryAboveCommand struct {
		closeOrders
		cqrs.Query[string]
	}
	queryAboveDeepCommand struct {
		twiceDeep
		findOrders
	}
	queryOfAnotherResultBelow struct {
		cqrs.Query[string]
		Deeper struct{ cqrs.Query[int] }
		closeOrders
	}
	namedFieldOfQuery struct {
		Query cqrs.Query[string]
		cqrs.CommandOf[string]
	}
)

// kindOf returns the kind of a request as a handler is bound to it.
func kindOf[Q cqrs.Request[R], R any](t *testing.T) cqrs.Kind {
	t.Helper()
	var m cqrs.RequestMap
	cqrs.BindRequest[*requestHandler[Q, R, nothing]](&m)
	require.Empty(t, m.Errors())
	return m.Bindings()[0].Kind()
}

func TestKind(t *testing.T) {
	t.Parallel()

	t.Run("is that of the shallowest type that a message embeds", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			message string
			want    cqrs.Kind
			got     cqrs.Kind
		}{
			{"commandAboveQuery", cqrs.KindCommand, kindOf[commandAboveQuery](t)},
			{"commandAfterQuery", cqrs.KindCommand, kindOf[commandAfterQuery](t)},
			{"commandOfAboveQuery", cqrs.KindCommand, kindOf[commandOfAboveQuery](t)},
			{"twiceDeep", cqrs.KindCommand, kindOf[twiceDeep](t)},
			{"pointsAtFind", cqrs.KindQuery, kindOf[pointsAtFind](t)},
			{"queryAboveCommand", cqrs.KindQuery, kindOf[queryAboveCommand](t)},
			{"queryAboveDeepCommand", cqrs.KindQuery, kindOf[queryAboveDeepCommand](t)},
			{"queryOfAnotherResultBelow", cqrs.KindQuery, kindOf[queryOfAnotherResultBelow](t)},
			{"namedFieldOfQuery", cqrs.KindCommand, kindOf[namedFieldOfQuery](t)},
		} {
			assert.Equal(t, test.want, test.got, test.message)
		}
	})

	t.Run("is command if a message embeds an interface", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, cqrs.KindCommand, kindOf[interfaceAboveQuery](t))
		assert.Equal(t, cqrs.KindCommand, kindOf[ownInterfaceAboveQuery](t))
	})

	t.Run("is command if a command without a result embeds a query", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*commandHandler[commandAboveQuery, nothing]](&m)
		cqrs.BindTarget(&m, cqrs.CommandTarget[*commandHandler[commandAfterQuery, nothing]]())
		require.Empty(t, m.Errors())
		for _, b := range m.Bindings() {
			assert.Equal(t, cqrs.KindCommand, b.Kind(), "%v", b)
		}
	})
}

func TestMessages(t *testing.T) {
	t.Parallel()

	t.Run("get their kind from what they embed, at any depth", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(context.Context, *self[nothing], Join) error { return nil })
		request(a, func(context.Context, *self[nothing], Count) (int, error) { return 0, nil })
		request(a, func(context.Context, *self[nothing], Read) (string, error) { return "", nil })
		request(a, func(context.Context, *self[nothing], auditedRead) (string, error) { return "", nil })
		stream(a, itemsOf())
		var requests cqrs.RequestMap
		for _, bind := range a.requests {
			bind(&requests)
		}
		require.Empty(t, requests.Errors())
		var kinds []string
		for _, b := range requests.Bindings() {
			kinds = append(kinds, b.Kind().String())
		}
		assert.Equal(t, []string{"command", "command", "query", "query", "stream"}, kinds)
	})

	t.Run("may embed a pointer to themselves", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], retried) error { a.note("retried"); return nil })
		require.NoError(t, a.start().Send(t.Context(), retried{retried: &retried{}}))
		assert.Equal(t, []string{"retried"}, a.notes())
	})

	t.Run("have a kind with a name", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "event", cqrs.KindEvent.String())
		assert.Equal(t, "message", cqrs.Kind(0).String())
	})

	t.Run("can be sent through a variable of an interface type", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(_ context.Context, _ *self[nothing], q Read) (string, error) { return "read", nil })
		request(a, func(_ context.Context, _ *self[nothing], q auditedRead) (string, error) { return q.By, nil })
		m := a.start()
		for want, q := range map[string]cqrs.Request[string]{"read": Read{}, "me": auditedRead{audited[string]{By: "me"}}} {
			got, err := cqrs.Send(t.Context(), m, q)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		a = newApp(t).withTx()
		stream(a, itemsOf(1))
		var s cqrs.StreamRequest[int] = Export{}
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), s))
		require.NoError(t, err)
		assert.Equal(t, []int{1}, items)
	})

	t.Run("that are events are compared by value and can be map keys", func(t *testing.T) {
		t.Parallel()
		set := map[cqrs.Event]bool{Joined{N: 1}: true}
		assert.True(t, set[Joined{N: 1}])
		assert.False(t, set[Joined{N: 2}])
		assert.False(t, set[Greeted{N: 1}])
		assert.Len(t, map[Joined]bool{{N: 1}: true, {N: 2}: true}, 2)
	})
}
