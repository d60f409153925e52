package bootstrap_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Texts that no log may contain: the contents of messages, in every notation of numbers.
const (
	secret       = "hunter2"
	secretNumber = 0x5ec4e7ed
)

func secrets() []string {
	return []string{secret, fmt.Sprint(secretNumber), fmt.Sprintf("%x", secretNumber)}
}

// secretive is an application error that looks like one of the runtime.
type secretive struct{}

func (secretive) Error() string { return secret }

func (secretive) RuntimeError() {}

func TestLogger_secrets(t *testing.T) {
	t.Parallel()
	secretError := errors.New(secret)
	told := joined{Secret: secret, Number: secretNumber}
	for _, test := range []struct {
		name string
		do   func(c join) error // what the handler does
	}{
		{"if the handler succeeds", func(join) error { return nil }},
		{"if a handler fails", func(join) error { return fmt.Errorf("%w and %d", secretError, secretNumber) }},
		{"if a handler panics with a text", func(join) error { panic(secret) }},
		{"if a handler panics with an error", func(join) error { panic(secretError) }},
		{"if a handler panics with the message", func(c join) error { panic(c) }},
		{"if a handler panics with a number", func(c join) error { panic(c.Number) }},
		{"if a handler panics with an error that looks like one of the runtime", func(join) error { panic(secretive{}) }},
		{"if a handler uses a number as an index", func(c join) error { _ = []int{1, 2, 3}[c.Number]; return nil }},
		{"if a handler asserts the wrong type of a text", func(c join) error { _ = any(c.Secret).(int); return nil }},
	} {
		t.Run("has nothing of a message "+test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, func(_ context.Context, h *handler[join, nothing], c join) error {
				h.Record(told)
				return test.do(c)
			})
			on(a, func(_ context.Context, _ *handler[joined, nothing], e joined) error {
				return test.do(join{Secret: e.Secret, Number: e.Number})
			}, cqrs.AfterScope())
			query(a, func(q read) (string, error) { return q.Secret, test.do(join{Secret: q.Secret, Number: q.Number}) })
			stream(a, func(s export) iter.Seq2[string, error] {
				return func(yield func(string, error) bool) {
					if yield(s.Secret, nil) {
						yield("", test.do(join{Secret: s.Secret, Number: s.Number}))
					}
				}
			})
			m, logs := observed(a)

			_ = m.Send(t.Context(), join{Secret: secret, Number: secretNumber})
			_ = m.Publish(t.Context(), told)
			_, _ = cqrs.Send(t.Context(), m, read{Secret: secret, Number: secretNumber})
			for range cqrs.Stream(t.Context(), m, export{Secret: secret, Number: secretNumber}) {
				continue
			}
			require.GreaterOrEqual(t, logs.Len(), 3)
			assertNoSecrets(t, logs)
		})
	}

	t.Run("contains nothing of an event without a handler, or of a lost error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		type streamer struct{ exportHandler }
		a.provide(func() (*session, container.Finalizer) {
			return &session{}, func(context.Context, error) error { return secretError }
		}, container.Scoped())
		a.provide(func(*session) *streamer {
			return &streamer{exportHandler{func(export) iter.Seq2[string, error] { return ends(secret) }}}
		})
		a.bind(func(m *cqrs.RequestMap) { cqrs.BindStream[*streamer](m) })
		m, logs := observed(a)
		require.NoError(t, m.Publish(t.Context(), told))
		for range cqrs.Stream(t.Context(), m, export{Secret: secret, Number: secretNumber}) {
			break
		}
		require.Equal(t, 3, logs.Len())
		assertNoSecrets(t, logs)
	})
}

// assertNoSecrets searches each whole entry, as it would be written.
func assertNoSecrets(t *testing.T, logs *observer.ObservedLogs) {
	t.Helper()
	for _, e := range logs.All() {
		text, err := zapcore.NewJSONEncoder(zap.NewDevelopmentEncoderConfig()).EncodeEntry(e.Entry, e.Context)
		require.NoError(t, err)
		for _, s := range secrets() {
			if i := strings.Index(text.String(), s); i >= 0 {
				assert.Fail(t, "a secret is in the log", "%s: ...%s...", e.Message,
					text.String()[max(0, i-150):min(text.Len(), i+50)])
				break
			}
		}
	}
}
