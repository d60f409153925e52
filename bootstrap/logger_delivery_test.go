package bootstrap_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestLogger_Deliveries(t *testing.T) {
	t.Parallel()
	log, logs := testkit.Logger(zapcore.DebugLevel)
	m, err := bootstrap.New(container.New(), nil, nil, bootstrap.WithLogger(log))
	require.NoError(t, err)
	logs.TakeAll()
	relay := m.Deliverer()
	failure := errors.New("the card number is hunter2")
	outcome := cqrs.DeliveryOutcome{
		Subscription: "mail", Name: "meeting.user_joined", ID: "1/mail", Attempt: 2, Took: time.Second,
	}
	for _, test := range []struct {
		name   string
		change func(o *cqrs.DeliveryOutcome)
		level  zapcore.Level
		text   string
		more   map[string]any
	}{
		{"that has succeeded", func(*cqrs.DeliveryOutcome) {}, zapcore.DebugLevel, "delivered", nil},
		{"that has failed", func(o *cqrs.DeliveryOutcome) { o.Err, o.Retry = failure, time.Minute },
			zapcore.WarnLevel, "delivery failed",
			map[string]any{"retry_in": time.Minute, "error_type": "*errors.errorString"}},
		{"that was the last", func(o *cqrs.DeliveryOutcome) { o.Err, o.Dead = failure, true },
			zapcore.ErrorLevel, "delivery is a dead letter", map[string]any{"error_type": "*errors.errorString"}},
		{"whose lease is lost", func(o *cqrs.DeliveryOutcome) { o.Err = cqrs.ErrLeaseLost },
			zapcore.WarnLevel, "delivery lost its lease", map[string]any{"error_type": "cqrs.ErrLeaseLost"}},
	} {
		o := outcome
		test.change(&o)
		relay.Report(context.Background(), o)
		lines := logs.TakeAll()
		require.Len(t, lines, 1, test.name)
		want := map[string]any{
			"subscription": "mail", "stored_as": "meeting.user_joined", "delivery_id": "1/mail",
			"attempt": int64(2), "duration": time.Second,
		}
		maps.Copy(want, test.more)
		assert.Equal(t, test.level, lines[0].Level, test.name)
		assert.Equal(t, test.text, lines[0].Message, test.name)
		assert.Equal(t, want, lines[0].ContextMap(), test.name)
	}

	relay.ReportTrouble(context.Background(), failure)
	lines := logs.TakeAll()
	require.Len(t, lines, 1)
	assert.Equal(t, zapcore.WarnLevel, lines[0].Level)
	assert.Equal(t, "outbox relay failed", lines[0].Message)
	assert.Equal(t, map[string]any{"error_type": "*errors.errorString"}, lines[0].ContextMap())
}
