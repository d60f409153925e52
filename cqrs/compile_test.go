package cqrs_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// A typeChecker checks programs one at a time; it reads each package that they
// import once.
type typeChecker struct {
	mu      sync.Mutex
	fset    *token.FileSet
	imports types.Importer
}

// mistakes returns what is wrong with a program, each as file:line:column: text.
func (c *typeChecker) mistakes(t *testing.T, program string) []string {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	file, err := parser.ParseFile(c.fset, program, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var all []string
	config := types.Config{Importer: c.imports, Error: func(err error) {
		mistake := err.(types.Error)
		at := mistake.Fset.Position(mistake.Pos)
		all = append(all, fmt.Sprintf("%s:%d:%d: %s", filepath.Base(at.Filename), at.Line, at.Column, mistake.Msg))
	}}
	_, _ = config.Check("app", c.fset, []*ast.File{file}, nil)
	return all
}

// TestCompileErrors compares what the compiler says to each program of
// testdata/compilefail with the text beside it.
func TestCompileErrors(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	checker := &typeChecker{fset: fset, imports: importer.ForCompiler(fset, "source", nil)}
	programs, err := filepath.Glob("testdata/compilefail/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, programs)
	for _, program := range programs {
		name := strings.TrimSuffix(filepath.Base(program), ".go")
		t.Run("rejects "+strings.ReplaceAll(name, "_", " "), func(t *testing.T) {
			t.Parallel()
			mistakes := checker.mistakes(t, program)
			require.Len(t, mistakes, 1, "each program has one mistake")
			testkit.AssertGolden(t, strings.TrimSuffix(program, ".go")+".txt",
				testkit.Portable(testkit.WithoutDeclared(mistakes[0]))+"\n")
		})
	}

	t.Run("accepts matching types", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, checker.mistakes(t, "testdata/compile/right_pairings.go"))
	})
}
