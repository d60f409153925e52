package cqrs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Moved is an event whose name and shape have changed.
type Moved struct {
	cqrs.DomainEvent
	From, To string
}

// moving returns an application with a durable subscription to Moved.
func moving(t *testing.T, decode func(name string, data []byte) (Moved, error)) *durableApp {
	a := newDurableApp(t)
	on[first](a.app, func(_ context.Context, _ *self[nothing], e Moved) error {
		a.note("from %q to %q", e.From, e.To)
		return nil
	}, cqrs.Durable("moves"))
	a.events = append(a.events, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[Moved]{
			Name: "moved", FormerNames: []string{"relocated", "displaced"}, Decode: decode,
		})
	})
	return a
}

// redeliver stores a Moved, and delivers it as if it had been stored otherwise.
func (a *durableApp) redeliver(name, payload string) error {
	a.t.Helper()
	require.NoError(a.t, a.m.Publish(a.t.Context(), Moved{From: "a", To: "b"}))
	claimed := a.claim("moves")
	claimed[0].Name, claimed[0].Payload = name, []byte(payload)
	a.notes()
	return a.m.Deliverer().Deliver(a.t.Context(), claimed...)
}

func TestEventType_FormerNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"moved", "relocated", "displaced"} {
		t.Run("decode an event that was stored as "+name, func(t *testing.T) {
			t.Parallel()
			a := moving(t, nil)
			a.begin()
			require.NoError(t, a.redeliver(name, `{"From":"c","To":"d"}`))
			assert.Equal(t, []string{`from "c" to "d"`, "commit"}, a.notes())
		})
	}
	t.Run("are not used to store", func(t *testing.T) {
		t.Parallel()
		a := moving(t, nil)
		require.NoError(t, a.begin().Publish(t.Context(), Moved{}))
		assert.Equal(t, "moved", a.claim("moves")[0].Name)
	})
}

func TestEventType_Decode(t *testing.T) {
	t.Parallel()
	decode := func(name string, data []byte) (Moved, error) {
		switch name {
		case "relocated": // by its target only
			var old struct{ Place string }
			err := json.Unmarshal(data, &old)
			return Moved{To: old.Place}, err
		case "displaced":
			panic(errPanic)
		default:
			return Moved{}, errOther
		}
	}

	t.Run("decodes old shapes", func(t *testing.T) {
		t.Parallel()
		a := moving(t, decode)
		a.begin()
		require.NoError(t, a.redeliver("relocated", `{"Place":"here"}`))
		assert.Equal(t, []string{`from "" to "here"`, "commit"}, a.notes())
	})

	for name, want := range map[string]error{"moved": errOther, "displaced": errPanic} {
		t.Run(fmt.Sprintf("that ends with %q fails the delivery", want), func(t *testing.T) {
			t.Parallel()
			a := moving(t, decode)
			a.begin()
			err := a.redeliver(name, "{}")
			require.ErrorIs(t, err, want)
			var failed *cqrs.PayloadError
			require.ErrorAs(t, err, &failed)
			assert.True(t, failed.Decoded)
			assert.Equal(t, name, failed.Name)
			assert.Empty(t, a.notes())
			assert.Equal(t, 1, a.pending("moves"))
		})
	}

	t.Run("is encoding/json by default, whose error has no contents", func(t *testing.T) {
		t.Parallel()
		a := moving(t, nil)
		a.begin()
		err := a.redeliver("moved", `{"From":"secret"`)
		var failed *cqrs.PayloadError
		require.ErrorAs(t, err, &failed)
		assert.NotContains(t, err.Error(), "secret")
	})
}

// shouting is a codec that the default could not stand in for.
type shouting struct{ err error }

func (s shouting) Encode(message any) ([]byte, error) {
	return []byte(strings.ToUpper(message.(Moved).To)), s.err
}

func (s shouting) Decode(data []byte, pointer any) error {
	if string(data) == "PANIC" {
		panic(errPanic)
	}
	*pointer.(*Moved) = Moved{To: string(data) + "!"}
	return s.err
}

func TestCodec(t *testing.T) {
	t.Parallel()

	t.Run("encodes and decodes what is stored", func(t *testing.T) {
		t.Parallel()
		a := moving(t, nil)
		require.NoError(t, a.begin(bootstrap.WithCodec(shouting{})).Publish(t.Context(), Moved{To: "home"}))
		require.NoError(t, a.deliver("moves"))
		assert.Equal(t, []string{"commit", `from "" to "HOME!"`, "commit"}, a.notes())
	})

	t.Run("may refuse", func(t *testing.T) {
		t.Parallel()
		a := moving(t, nil)
		err := a.begin(bootstrap.WithCodec(shouting{errOther})).Publish(t.Context(), Moved{})
		require.ErrorIs(t, err, errOther)
		assert.Zero(t, a.pending("moves"))
	})

	t.Run("may panic", func(t *testing.T) {
		t.Parallel()
		a := moving(t, nil)
		a.begin(bootstrap.WithCodec(shouting{}))
		err := a.redeliver("moved", "PANIC")
		var failed *cqrs.PayloadError
		require.ErrorAs(t, err, &failed)
		require.ErrorIs(t, err, errPanic)
		err = errors.Unwrap(failed)
		assert.IsType(t, &cqrs.PanicError{}, err)
	})
}
