package docs_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	quotedFile = regexp.MustCompile("`([a-z_]+\\.go)`")
	quotedTest = regexp.MustCompile("`(Test[A-Z]\\w*)`")
	testFunc   = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// TestInternals checks that the files and the tests that docs/internals.md names exist.
func TestInternals(t *testing.T) {
	t.Parallel()
	repo := os.DirFS(root(t))
	files, tests := make(map[string]bool), make(map[string]bool)
	require.NoError(t, fs.WalkDir(repo, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) != ".go" {
			return err
		}
		files[path.Base(name)] = true
		text, err := fs.ReadFile(repo, name)
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = true
		}
		return err
	}))
	text, err := fs.ReadFile(repo, "docs/internals.md")
	require.NoError(t, err)
	named := 0
	for _, m := range quotedFile.FindAllSubmatch(text, -1) {
		named++
		assert.True(t, files[string(m[1])], "there is no file %s", m[1])
	}
	for _, m := range quotedTest.FindAllSubmatch(text, -1) {
		named++
		assert.True(t, tests[string(m[1])], "there is no test %s", m[1])
	}
	assert.Greater(t, named, 30)
}
