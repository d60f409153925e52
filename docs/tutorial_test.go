package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

const (
	tutorialPage = "docs/tutorial.md"
	mistakes     = "tutorial/step6_mistakes/"
	repository   = "../digcqrs" // where the page assumes this repository
)

// installCommand names a package, so that it also gets what the package imports.
const installCommand = "go get github.com/digcqrs/digcqrs/bootstrap"

// The commands that TestTutorial runs.
var tutorialCommands = []string{
	"mkdir meeting", "cd meeting", "go mod init meeting",
	"go mod edit -replace github.com/digcqrs/digcqrs=" + repository,
	installCommand,
	"mkdir mistakes", "go run .", "go run ./mistakes",
}

// TestTutorial follows the page in an empty directory: it runs each command, types each
// block of code, and compares what the programs print with what the page shows.
func TestTutorial(t *testing.T) {
	t.Parallel()
	if testkit.Updating() {
		t.Skip("the files are being written")
	}
	text, err := os.ReadFile(filepath.Join(root(t), tutorialPage))
	require.NoError(t, err)
	blocks, _ := parse(string(text))
	r := reader{dir: t.TempDir()}
	for _, b := range blocks {
		switch {
		case strings.Contains(b.source, "testdata/compile/"): // TestPrograms_ThatDoNotCompile
		case b.language == "console":
			for command := range strings.Lines(b.text) {
				r.run(t, strings.Fields(command))
			}
		case b.language == "go":
			r.write(t, b)
		default:
			r.shown = append(r.shown, b.text)
		}
	}
	assert.Len(t, r.printed, 6)
	assert.Equal(t, r.printed, r.outputs())
}

// TestReadme_Program installs the library as the README says, in an empty directory, and runs
// the program of the README there.
func TestReadme_Program(t *testing.T) {
	t.Parallel()
	if testkit.Updating() {
		t.Skip("the files are being written")
	}
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	require.NoError(t, err)
	blocks, _ := parse(string(text))
	r := reader{dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "main.go"), []byte(blocks[0].text), 0o600))
	for _, command := range []string{
		"go mod init meeting", "go mod edit -replace github.com/digcqrs/digcqrs=" + repository, blocks[2].text, "go run .",
	} {
		r.run(t, strings.Fields(command))
	}
	assert.Equal(t, []string{blocks[1].text}, r.printed)
}

func TestTutorial_ReplacesDeclarations(t *testing.T) {
	t.Parallel()
	first := declarations(t, "package main\n\nimport \"fmt\"\n\n// A is one.\ntype A int\n\nfunc (A) B() {}\n\nfunc B() { fmt.Print(1) }\n")
	second := declarations(t, "func B() { fmt.Print(2) }\n\n// A is two.\ntype A string\n\nvar C int\n")
	var got []string
	for _, d := range merge(first, second) {
		got = append(got, d.text)
	}
	assert.Equal(t, []string{
		`import "fmt"`, "// A is two.\ntype A string", "func (A) B() {}", "func B() { fmt.Print(2) }", "var C int",
	}, got)
}

// reader types what the page shows.
type reader struct {
	dir            string
	program        []declaration // main.go of the steps 1 to 5
	mistakes       string        // the file of step 6
	printed, shown []string
}

// run runs a command of the page. Nothing is fetched: the modules are in the cache, because
// this test needs them too.
func (r *reader) run(t *testing.T, command []string) {
	t.Helper()
	switch command[0] {
	case "mkdir":
		require.NoError(t, os.Mkdir(filepath.Join(r.dir, command[1]), 0o755))
		return
	case "cd":
		r.dir = filepath.Join(r.dir, command[1])
		return
	}
	require.Equal(t, "go", command[0])
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], repository, root(t))
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	require.NoError(t, err, "%v\n%s", command, &stderr)
	if command[1] == "run" {
		assert.Empty(t, stderr.String(), "%v", command)
		text := strings.ReplaceAll(string(stdout), filepath.ToSlash(filepath.Join(r.dir, "mistakes"))+"/", "")
		r.printed = append(r.printed, text)
	}
}

// write adds a block to the file that it belongs to.
func (r *reader) write(t *testing.T, b block) {
	t.Helper()
	if strings.HasPrefix(b.source, mistakes) {
		if r.mistakes != "" {
			r.mistakes += "\n"
		}
		r.mistakes += b.text
		require.NoError(t, os.WriteFile(filepath.Join(r.dir, "mistakes", "main.go"), []byte(r.mistakes), 0o600))
		return
	}
	r.program = merge(r.program, declarations(t, b.text))
	text := "package main\n"
	for _, d := range r.program {
		text += "\n" + d.text + "\n"
	}
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "main.go"), []byte(text), 0o600))
}

// outputs returns the output that the page shows for each program. That of step 6 is in
// several blocks, one for each mistake.
func (r *reader) outputs() []string {
	const steps = 5
	if len(r.shown) < steps {
		return r.shown
	}
	return append(slices.Clone(r.shown[:steps]), strings.Join(r.shown[steps:], ""))
}

// declaration is a top-level declaration of a file, with its comment.
type declaration struct{ name, text string }

// declarations returns the declarations of a block, which may lack the package clause.
func declarations(t *testing.T, text string) []declaration {
	t.Helper()
	if !strings.HasPrefix(text, "package ") {
		text = "package main\n\n" + text
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.ParseComments)
	require.NoError(t, err, "a block of the tutorial must consist of whole declarations:\n%s", text)
	source := func(from, to token.Pos) string {
		return text[set.Position(from).Offset:set.Position(to).Offset]
	}
	var all []declaration
	for _, d := range file.Decls {
		start, name := d.Pos(), ""
		switch d := d.(type) {
		case *ast.FuncDecl:
			name = d.Name.Name
			if d.Recv != nil {
				name = source(d.Recv.List[0].Type.Pos(), d.Recv.List[0].Type.End()) + "." + name
			}
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		case *ast.GenDecl:
			switch spec := d.Specs[0].(type) {
			case *ast.TypeSpec:
				name = spec.Name.Name
			case *ast.ValueSpec:
				name = spec.Names[0].Name
			default:
				name = "import"
			}
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		}
		all = append(all, declaration{name, source(start, d.End())})
	}
	return all
}

// merge replaces declarations with newer ones of the same name, and adds the others.
func merge(program, newer []declaration) []declaration {
	for _, d := range newer {
		i := slices.IndexFunc(program, func(old declaration) bool { return old.name == d.name })
		if i < 0 {
			program = append(program, d)
			continue
		}
		program[i] = d
	}
	return program
}
