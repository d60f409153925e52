package testkit_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	log, logs := testkit.Logger(zapcore.WarnLevel)
	log.Info("too low")
	log.Warn("recorded")
	assert.Equal(t, 1, logs.Len())
	assert.Equal(t, "recorded", logs.All()[0].Message)
}

func TestPanickingLoggers(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]string{
		"Enabled": "Enabled", "Check": "Check", "Write": "Write", "a hook": "the hook",
	} {
		t.Run("panic in "+where, func(t *testing.T) {
			t.Parallel()
			log := testkit.PanickingLoggers()[where]
			assert.PanicsWithValue(t, want, func() {
				if log.Core().Enabled(zapcore.WarnLevel) {
					log.Warn("text")
				}
			})
		})
	}
	assert.Len(t, testkit.PanickingLoggers(), 4)
}
