// Package docs_test keeps the documents correct: it runs the programs that they
// show, compares every block of code and output with the file that it is taken
// from, and follows the links.
//
// To rewrite the output of the programs and docs/errors.md:
//
//	go test ./docs -update
package docs_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// root returns the directory of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("..")
	require.NoError(t, err)
	return dir
}

// documents returns the paths of all documents that are checked.
func documents(t *testing.T, repo fs.FS) []string {
	t.Helper()
	docs := []string{"README.md", "CHANGELOG.md"}
	require.NoError(t, fs.WalkDir(repo, "docs", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			docs = append(docs, name)
		}
		return err
	}))
	return docs
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	if testkit.Updating() {
		t.Skip("the files are being written")
	}
	repo := os.DirFS(root(t))
	for _, name := range documents(t, repo) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := fs.ReadFile(repo, name)
			require.NoError(t, err)
			assert.Empty(t, check(repo, name, string(text)))
		})
	}
}

// The check must notice a change in any block.
func TestDocuments_AChangedBlockIsSeen(t *testing.T) {
	t.Parallel()
	if testkit.Updating() {
		t.Skip("the files are being written")
	}
	repo := os.DirFS(root(t))
	for _, name := range documents(t, repo) {
		text, err := fs.ReadFile(repo, name)
		require.NoError(t, err)
		lines := strings.Split(string(text), "\n")
		blocks, _ := parse(string(text))
		for _, b := range blocks {
			changed := slices.Clone(lines)
			changed[b.line] += "x" // the first line in the block
			assert.NotEmpty(t, check(repo, name, strings.Join(changed, "\n")), "%s:%d", name, b.line+1)
		}
	}
}

func TestReadme(t *testing.T) {
	t.Parallel()
	repo := os.DirFS(root(t))
	text, err := fs.ReadFile(repo, "README.md")
	require.NoError(t, err)
	blocks, _ := parse(string(text))
	require.GreaterOrEqual(t, len(blocks), 3)

	t.Run("begins with a whole program and its output", func(t *testing.T) {
		t.Parallel()
		program, err := fs.ReadFile(repo, blocks[0].source)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(blocks[0].text, "package main\n"))
		assert.True(t, strings.HasSuffix(string(program), "\n"+blocks[0].text))
		output, err := fs.ReadFile(repo, blocks[1].source)
		require.NoError(t, err)
		assert.Equal(t, string(output), blocks[1].text)
	})

	t.Run("shows how to install it, and how to run the program and all tests", func(t *testing.T) {
		t.Parallel()
		for _, b := range blocks[2:] {
			assert.Equal(t, "console", b.language)
		}
		assert.Equal(t, installCommand+"\n", blocks[2].text)
		last := blocks[len(blocks)-1].text
		assert.Equal(t, "go run ./docs/quickstart\ngo run ./examples/domain_event_handler\ngo test work\n", last)
	})

	t.Run("names every nested module that is for users", func(t *testing.T) {
		t.Parallel()
		var modules []string
		require.NoError(t, fs.WalkDir(repo, "cqrs", func(file string, f fs.DirEntry, err error) error {
			if err == nil && (f.Name() == "cmd" || f.Name() == "testdata") {
				return fs.SkipDir
			}
			if f.Name() == "go.mod" {
				modules = append(modules, file)
			}
			return err
		}))
		require.NotEmpty(t, modules)
		for _, file := range modules {
			assert.Contains(t, string(text), "\ngo get github.com/digcqrs/digcqrs/"+path.Dir(file)+"\n")
		}
	})

	t.Run("links every page", func(t *testing.T) {
		t.Parallel()
		for _, page := range documents(t, repo) {
			if page != "README.md" {
				assert.True(t, strings.Contains(string(text), "]("+page+")"), "%s is not linked", page)
			}
		}
	})
}
