package resilience_test

import (
	"flag"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// assertGolden compares a text with a file, or with -update writes it.
func assertGolden(t *testing.T, file, text string) {
	t.Helper()
	text = portable(text) + "\n"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)
}

var folders = regexp.MustCompile(`[^\s("]*/([^\s/]+\.go:\d+)`)

// portable leaves of each path the name of the file.
func portable(text string) string { return folders.ReplaceAllString(text, "$1") }
