package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// errorPackages are the packages whose errors docs/errors.md describes.
var errorPackages = []string{"bootstrap", "container", "cqrs", "cqrs/middleware", "cqrs/outbox", "cqrs/resilience",
	"cqrs/telemetry", "cqrs/topology"}

// textPackages are those whose texts docs/errors.md has. The other stores have the same texts as
// that for SQLite.
var textPackages = append(slices.Clone(errorPackages), "cqrs/outbox/sqlite")

// marker is where the generated part of docs/errors.md begins.
const marker = "<!-- All below is made of the files in testdata/errors by: go test ./docs -update -->\n"

func TestErrorReference(t *testing.T) {
	t.Parallel()
	file := filepath.Join(root(t), "docs", "errors.md")
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	intro, _, ok := strings.Cut(string(page), marker)
	require.True(t, ok, "docs/errors.md lacks the line %s", marker)

	t.Run("has every text", func(t *testing.T) {
		t.Parallel()
		testkit.AssertGolden(t, file, intro+marker+errorTexts(t))
	})

	t.Run("explains every exported error", func(t *testing.T) {
		t.Parallel()
		for _, pkg := range errorPackages {
			for _, name := range exportedErrors(t, pkg) {
				assert.Contains(t, intro, "`"+path.Base(pkg)+"."+name+"`")
			}
		}
	})
}

// sourceLine matches file:line in an error.
var sourceLine = regexp.MustCompile(`([\w.-]+\.go):\d+`)

// An error leads to the lines of the application, which can change them. In the files of
// errors, that is a test.
func TestErrorTexts_NameNoFileOfTheLibrary(t *testing.T) {
	t.Parallel()
	own := make(map[string]bool)
	for _, folder := range []string{"bootstrap", "container", "cqrs", "internal"} {
		require.NoError(t, fs.WalkDir(os.DirFS(root(t)), folder, func(name string, f fs.DirEntry, err error) error {
			if err == nil && f.Name() == "testdata" {
				return fs.SkipDir
			}
			if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
				own[path.Base(name)] = true
			}
			return err
		}))
	}
	require.Contains(t, own, "module.go")
	lines := sourceLine.FindAllStringSubmatch(errorTexts(t), -1)
	require.NotEmpty(t, lines)
	for _, line := range lines {
		assert.False(t, own[line[1]], "%s is a file of the library", line[0])
	}
}

// errorTexts returns a section for each package that has texts, and in it a text for each of
// the files in its testdata/errors.
func errorTexts(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, pkg := range textPackages {
		files, err := filepath.Glob(filepath.Join(root(t), pkg, "testdata", "errors", "*.txt"))
		require.NoError(t, err)
		if len(files) > 0 {
			fmt.Fprintf(&b, "\n## Texts of package %s\n", path.Base(pkg))
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			if len(text) == 0 {
				continue
			}
			base := filepath.Base(file)
			title := strings.NewReplacer("_", " ", "-", " ").Replace(strings.TrimSuffix(base, ".txt"))
			fmt.Fprintf(&b, "\n### %s\n\n<!-- from: ../%s/testdata/errors/%s -->\n```text\n%s\n```\n",
				title, pkg, base, strings.TrimSuffix(string(text), "\n"))
		}
	}
	return b.String()
}

// exportedErrors returns the exported error values and types of a package.
func exportedErrors(t *testing.T, pkg string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(t), pkg, "error.go"), nil, 0)
	require.NoError(t, err)
	var names []string
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						names = append(names, name.Name)
					}
				}
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					names = append(names, s.Name.Name)
				}
			}
		}
	}
	require.NotEmpty(t, names)
	return names
}
