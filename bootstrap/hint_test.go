package bootstrap_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

type (
	cmdHint struct{ cqrs.Command }
	plugin  struct{}
	plugins struct {
		dig.In
		All []plugin `group:"plugins"`
	}
	pluginHost struct{}
)

// hinted is an application that asks for plugins and has pointers to them.
func hinted(t *testing.T) *app {
	a := newApp(t)
	a.provide(func() *plugin { return &plugin{} }, dig.Group("plugins"))
	a.provide(func(plugins) *pluginHost { return &pluginHost{} })
	needs[cmdHint, *pluginHost](a)
	return a
}

func TestNew_hints(t *testing.T) {
	t.Parallel()

	t.Run("logs what may be a mistake", func(t *testing.T) {
		t.Parallel()
		_, logs := observed(hinted(t))
		entries := logs.TakeAll()
		require.Len(t, entries, 1)
		assert.Equal(t, zapcore.WarnLevel, entries[0].Level)
		hint := entries[0].ContextMap()["hint"]
		assert.Contains(t, hint, `the value group bootstrap_test.plugin[group="plugins"]`)
		assert.Contains(t, hint, "bound to bootstrap_test.cmdHint")
		assert.Contains(t, hint, `did you mean *bootstrap_test.plugin[group="plugins"]?`)
	})

	t.Run("survives a logger that panics", func(t *testing.T) {
		t.Parallel()
		hinted(t).start(bootstrap.WithLogger(testkit.PanickingLoggers()["a hook"]))
	})
}
