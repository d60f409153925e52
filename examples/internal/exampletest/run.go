// Package exampletest runs an example the way a reader would, and compares its
// output with testdata/output.txt.
package exampletest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// MaxLines is the maximum length of the main.go of an example.
const MaxLines = 120

// Run builds and runs the program in the working directory, which is that
// of the package under test. The program must succeed, print exactly the contents of
// testdata/output.txt, and have a main.go of at most [MaxLines] lines.
func Run(t *testing.T) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", "output.txt"))
	require.NoError(t, err)
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	assert.LessOrEqual(t, bytes.Count(source, []byte("\n")), MaxLines, "lines of main.go")

	program := filepath.Join(t.TempDir(), "example")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	built, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "go build: %s", built)

	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "stdout:\n%s\nstderr:\n%s", &stdout, &stderr)
	assert.Equal(t, string(want), stdout.String())
	assert.Empty(t, stderr.String(), "stderr")
}
