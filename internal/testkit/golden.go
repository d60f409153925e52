package testkit

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// Updating reports whether golden files are being written, which the flag -update of a
// test binary asks for.
func Updating() bool { return *update }

// AssertGolden compares text with the contents of a file. With -update it writes the file.
func AssertGolden(t testing.TB, file, text string) {
	t.Helper()
	if Updating() {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, "run the test with -update to write %s", file)
}

var (
	folders  = regexp.MustCompile(`[^\s("]*/([^\s/]+\.(?:go|s):\d+)`)
	assembly = regexp.MustCompile(`asm_\w+\.s:\d+`) // of package reflect; the file depends on the architecture
)

// Portable removes the machine-dependent parts of a text: the folders of source files.
func Portable(text string) string {
	return assembly.ReplaceAllString(folders.ReplaceAllString(text, "$1"), "asm.s")
}

var declared = regexp.MustCompile(` \(declared at [^)]*\)`)

// WithoutDeclared removes the location at which a type parameter is declared from a
// compiler error: the line changes with each edit of that file.
func WithoutDeclared(text string) string { return declared.ReplaceAllString(text, "") }
