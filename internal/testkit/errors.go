package testkit

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errorFiles = filepath.Join("testdata", "errors")

// AssertErrorText compares the text of an error with the golden file
// testdata/errors/name.txt of the package under test.
func AssertErrorText(t testing.TB, name string, err error) {
	t.Helper()
	AssertGolden(t, filepath.Join(errorFiles, name+".txt"), Portable(err.Error())+"\n")
}

// AssertErrorFiles checks that testdata/errors of the package under test has no golden
// files but those of the given names.
func AssertErrorFiles(t testing.TB, names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(errorFiles, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		assert.True(t, slices.Contains(names, name), "no test compares anything with %s", file)
	}
}

// LongError returns an error with a text of a million characters. The text ends in "xxend".
func LongError() error {
	return errors.New("begin" + strings.Repeat("x", 1_000_000) + "end")
}
