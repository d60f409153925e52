package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// errSoldOut is expected by the application of the table.
var errSoldOut = errors.New("sold out")

// TestLogging_table writes the table of docs/howto/ready-made.md: the lines that are written
// with all levels enabled, by middleware.Logging and by the logger of bootstrap.WithLogger.
func TestLogging_table(t *testing.T) {
	t.Parallel()
	sends := func(handle func(error) error) func(context.Context, *self[cqrs.Sender], join) error {
		return func(ctx context.Context, h *self[cqrs.Sender], _ join) error {
			return handle(h.need.Send(ctx, leave{}))
		}
	}
	retries := func(a *app) { a.options = append(a.options, bootstrap.WithMiddleware(thrice)) }
	var table strings.Builder
	for _, row := range []struct {
		when string
		app  func(a *app)
		send func(m *cqrs.Mediator) error
	}{
		{"a command succeeds", func(a *app) { command(a, returns[join](nil)) }, nil},
		{"a query succeeds", func(a *app) {
			query(a, func(context.Context, *self[nothing], read) (string, error) { return "", nil })
		}, func(m *cqrs.Mediator) error { _, err := cqrs.Send(context.Background(), m, read{}); return err }},
		{"a stream succeeds, or its consumer stops", func(a *app) {
			stream(a, yields[export](nil, 1))
		}, func(m *cqrs.Mediator) error {
			_, err := testkit.Drain(cqrs.Stream(context.Background(), m, export{}))
			return err
		}},
		{"a command fails", func(a *app) { command(a, returns[join](errHandler)) }, nil},
		{"a command fails once, and succeeds when it is retried", func(a *app) {
			n := 0
			command(a, func(context.Context, *self[nothing], join) error {
				if n++; n == 1 {
					return errHandler
				}
				return nil
			})
			retries(a)
		}, nil},
		{"a command fails, and so do two retries", func(a *app) {
			command(a, returns[join](errHandler))
			retries(a)
		}, nil},
		{"a command is invalid, denied or cancelled, or its error expected", func(a *app) {
			command(a, returns[join](errSoldOut))
		}, nil},
		{"its handler panics", func(a *app) {
			command(a, func(context.Context, *self[nothing], join) error { panic("no") })
		}, nil},
		{"its commit fails", func(a *app) {
			a.withTx(errFinalizer)
			command(a, func(context.Context, *self[*tx], join) error { return nil })
		}, nil},
		{"it sends another, and handles its failure", func(a *app) {
			command(a, sends(func(error) error { return nil }))
			command(a, returns[leave](errHandler))
		}, nil},
		{"it sends another, and returns its failure", func(a *app) {
			command(a, sends(func(err error) error { return err }))
			command(a, returns[leave](errHandler))
		}, nil},
		{"an event in its scope fails", func(a *app) {
			command(a, raises[join](joined{}))
			on(a, returns[joined](errHandler))
		}, nil},
		{"an event after its scope fails", func(a *app) {
			command(a, raises[join](joined{}))
			on(a, returns[joined](errHandler), cqrs.AfterScope())
		}, nil},
		{"the same, with WithAfterScopeErrors", func(a *app) {
			command(a, raises[join](joined{}))
			on(a, returns[joined](errHandler), cqrs.AfterScope())
			a.options = append(a.options, bootstrap.WithAfterScopeErrors(func(context.Context, []*cqrs.EventError) {}))
		}, nil},
		{"nothing handles its event", func(a *app) { command(a, raises[join](joined{})) }, nil},
		{"Publish fails", func(a *app) { on(a, returns[joined](errHandler)) },
			func(m *cqrs.Mediator) error { return m.Publish(context.Background(), joined{}) }},
		{"a command that Run sends fails", func(a *app) { command(a, returns[join](errHandler)) },
			func(m *cqrs.Mediator) error {
				return m.Run(context.Background(), func(ctx context.Context, s cqrs.Sender) error { return s.Send(ctx, join{}) })
			}},
	} {
		a := newApp(t)
		row.app(a)
		ownLog, own := testkit.Logger(zapcore.DebugLevel)
		log, logs := testkit.Logger(zapcore.DebugLevel)
		a.options = append(a.options, bootstrap.WithLogger(ownLog),
			bootstrap.WithExpectedErrors(func(err error) bool { return errors.Is(err, errSoldOut) }))
		m := a.start(middleware.Logging(log))
		if row.send == nil {
			row.send = func(m *cqrs.Mediator) error { return m.Send(context.Background(), join{}) }
		}
		_ = row.send(m)
		fmt.Fprintf(&table, "%s\n", row.when)
		writeLines(&table, "Logging", logs)
		writeLines(&table, "bootstrap", own)
	}
	testkit.AssertGolden(t, filepath.Join("testdata", "log_lines.txt"), table.String())
}

// writeLines writes the level, the text, the outcome and the attempt of each line.
func writeLines(to *strings.Builder, by string, logs *observer.ObservedLogs) {
	for _, e := range logs.All() {
		fields := e.ContextMap()
		outcome, _ := fields["outcome"].(string)
		if attempt, has := fields["attempt"]; has {
			outcome = fmt.Sprintf("%s, attempt %v", outcome, attempt)
		}
		line := fmt.Sprintf("  %-10s %-6s %-45s %s", by, e.Level, e.Message, outcome)
		to.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func TestLogging_under_zap_NewDevelopment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(context.Context, *self[nothing], join) error
		want int // lines of both loggers
	}{
		{"a command that fails", returns[join](errHandler), 2},
		{"a command that is denied", returns[join](middleware.ErrDenied), 2},
		{"a command that panics, with its stack in a field", func(context.Context, *self[nothing], join) error { panic("no") }, 3},
	} {
		t.Run("writes few lines for "+test.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			log, err := zap.NewDevelopment(zap.WrapCore(func(zapcore.Core) zapcore.Core {
				encoder := zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig())
				return zapcore.NewCore(encoder, zapcore.AddSync(&out), zapcore.DebugLevel)
			}))
			require.NoError(t, err)
			a := newApp(t)
			command(a, test.do)
			a.options = append(a.options, bootstrap.WithLogger(log))
			require.Error(t, a.start(middleware.Logging(log)).Send(t.Context(), join{}))
			assert.Equal(t, test.want, strings.Count(out.String(), "\n"), out.String())
			assert.NotRegexp(t, `\.go:\d+\t`, out.String(), "there is no caller")
		})
	}
}
