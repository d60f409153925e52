package cqrs_test

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// holding is an event with a field of type T.
type holding[T any] struct {
	cqrs.DomainEvent
	Field T
}

// registering returns the errors of registering an event.
func registering[E cqrs.Event](t *testing.T, e cqrs.EventType[E], opts ...bootstrap.Option) []error {
	t.Helper()
	_, err := bootstrap.New(container.New(), nil, func(m *cqrs.EventMap) { cqrs.RegisterEvent(m, e) }, opts...)
	if err == nil {
		return nil
	}
	all := err.(*bootstrap.Error).Problems
	for _, problem := range all {
		require.IsType(t, &cqrs.RegistrationError{}, problem)
	}
	return all
}

func field[T any](t *testing.T, opts ...bootstrap.Option) []error {
	t.Helper()
	return registering(t, cqrs.EventType[holding[T]]{Name: "event"}, opts...)
}

type (
	hidden struct{ secret int }
	tagged struct {
		Keep, Drop func() `json:"-"`
	}
	place       struct{ N int }
	hiddenText  string
	marshalled  struct{ secret int }
	recursive   struct{ Next *recursive }
	withPointer struct {
		cqrs.DomainEvent
		*place
	}
	withInner struct {
		cqrs.DomainEvent
		place
	}
	withText struct {
		cqrs.DomainEvent
		hiddenText
	}
)

// The linter does not see what reflection does with these fields.
var _, _ = hidden{}.secret, withText{}.hiddenText

func (m marshalled) MarshalJSON() ([]byte, error)     { return json.Marshal(m.secret) }
func (m *marshalled) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &m.secret) }

func TestCodec_StartupCheck(t *testing.T) {
	t.Parallel()

	for name, problems := range map[string][]error{
		"a function":                   field[func()](t),
		"a channel":                    field[[]chan int](t),
		"a complex number":             field[complex128](t),
		"a field that is not exported": field[map[string]*hidden](t),
		"an interface with methods":    field[[2]error](t),
		"a map with keys of a struct":  field[map[place]int](t),
		"an embedded pointer to a struct that is not exported": registering(t, cqrs.EventType[withPointer]{Name: "event"}),
		"an embedded string that is not exported":              registering(t, cqrs.EventType[withText]{Name: "event"}),
	} {
		t.Run("rejects "+name, func(t *testing.T) {
			t.Parallel()
			assert.Len(t, problems, 1)
		})
	}

	for name, problems := range map[string][]error{
		"scalars, and pointers to them": field[struct {
			A *int
			B []byte
			C map[uint8]float64
			D any
		}](t),
		"a field that is left out": field[tagged](t),
		"types that encode themselves": field[struct {
			A time.Time
			B map[string]*big.Int
			C marshalled
			D json.RawMessage
			E map[time.Time]int
		}](t),
		"a type that contains itself": field[recursive](t),
		"an embedded struct":          registering(t, cqrs.EventType[withInner]{Name: "event"}),
		"anything for another codec":  field[func()](t, bootstrap.WithCodec(shouting{})),
	} {
		t.Run("accepts "+name, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, problems)
		})
	}

	t.Run("accepts an interface if the event has a decoder, but nothing that cannot be encoded", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, registering(t, cqrs.EventType[holding[error]]{
			Name: "event", Decode: func(string, []byte) (e holding[error], err error) { return e, nil },
		}))
		assert.Len(t, registering(t, cqrs.EventType[holding[func()]]{
			Name: "event", Decode: func(string, []byte) (e holding[func()], err error) { return e, nil },
		}), 1)
	})
}
