package instrument_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/instrument"
)

func TestHooks_And(t *testing.T) {
	t.Parallel()
	var calls []string
	running := func(name string) instrument.Hooks {
		return instrument.Hooks{Run: func(_ any, do func() error) error {
			calls = append(calls, name)
			return do()
		}}
	}
	clock := instrument.Hooks{Now: func() time.Time { return time.Unix(1, 0) }}
	for name, row := range map[string]struct {
		hooks instrument.Hooks
		calls []string
		now   bool
	}{
		"an outer function": {running("outer").And(clock), []string{"outer", "do"}, true},
		"an inner function": {clock.And(running("inner")), []string{"inner", "do"}, true},
		"two functions":     {running("outer").And(running("inner")), []string{"outer", "inner", "do"}, false},
		"none":              {instrument.Hooks{}.And(instrument.Hooks{}), []string{"do"}, false},
	} {
		t.Run("carries out a step with "+name, func(t *testing.T) {
			calls = nil
			require.NoError(t, row.hooks.Do(nil, func() error { calls = append(calls, "do"); return nil }))
			assert.Equal(t, row.calls, calls)
			assert.Equal(t, row.now, row.hooks.Time().Equal(time.Unix(1, 0)))
		})
	}
}
