package telemetry_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The program decides where spans go: the package must not import an SDK, an exporter or the
// container.
func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	packages := string(out)
	require.Contains(t, packages, "go.opentelemetry.io/otel/trace\n")
	for _, heavy := range []string{"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters",
		"google.golang.org", "go.uber.org/dig"} {
		assert.False(t, strings.Contains(packages, "\n"+heavy), heavy)
	}
}
