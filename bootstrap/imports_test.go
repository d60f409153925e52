package bootstrap_test

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	thisModule   = "github.com/digcqrs/digcqrs"
	cqrsPkg      = thisModule + "/cqrs"
	containerPkg = thisModule + "/container"
	bootstrapPkg = thisModule + "/bootstrap"
	internalPkgs = thisModule + "/internal/"

	middlewarePkg = cqrsPkg + "/middleware"
	topologyPkg   = cqrsPkg + "/topology"
)

// dependencies returns the packages and everything that they import, directly or not,
// outside the standard library, each with its module.
func dependencies(t *testing.T, packages ...string) map[string]string {
	t.Helper()
	args := append([]string{"list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Module.Path}}{{end}}"},
		packages...)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", &stderr)
	all := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		pkg, module, ok := strings.Cut(strings.TrimSpace(line), " ")
		require.True(t, ok, "%s", line)
		all[pkg] = module
	}
	return all
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		packages []string
		own      []string // packages of this module, apart from internal ones
		modules  []string // others
	}{
		{
			"packages safe and errtext need the standard library only",
			[]string{internalPkgs + "safe", internalPkgs + "errtext"},
			nil,
			nil,
		},
		{
			"package topology needs the standard library only",
			[]string{topologyPkg},
			[]string{topologyPkg},
			nil,
		},
		{
			"package cqrs needs the standard library only",
			[]string{cqrsPkg},
			[]string{cqrsPkg, topologyPkg},
			nil,
		},
		{
			"package container needs dig, and not cqrs",
			[]string{containerPkg},
			[]string{containerPkg, topologyPkg},
			[]string{"go.uber.org/dig"},
		},
		{
			"package middleware needs cqrs and zap",
			[]string{middlewarePkg},
			[]string{middlewarePkg, cqrsPkg, topologyPkg},
			[]string{"go.uber.org/multierr", "go.uber.org/zap"},
		},
		{
			"a program that imports all three needs dig, zap and multierr",
			[]string{bootstrapPkg, containerPkg, cqrsPkg},
			[]string{bootstrapPkg, containerPkg, cqrsPkg, topologyPkg},
			[]string{"go.uber.org/dig", "go.uber.org/multierr", "go.uber.org/zap"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var own []string
			modules := make(map[string]bool)
			for pkg, module := range dependencies(t, test.packages...) {
				switch {
				case module != thisModule:
					modules[module] = true
				case !strings.HasPrefix(pkg, internalPkgs): // their imports belong here too
					own = append(own, pkg)
				}
			}
			assert.ElementsMatch(t, test.own, own)
			assert.Equal(t, test.modules, slices.Sorted(maps.Keys(modules)))
		})
	}
}

// TestModules checks the modules that a program using the root module may need: those of
// the nested modules are not among them.
func TestModules(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "all")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	require.NoError(t, err)
	modules := string(out)
	require.Contains(t, modules, "go.uber.org/dig ")
	for _, heavy := range []string{"failsafe-go", "go.opentelemetry.io", "sqlite", "jackc/pgx", "go.uber.org/fx"} {
		assert.NotContains(t, modules, heavy)
		var needed bool // by a nested module, or the name is wrong
		for _, file := range nestedModules(t, "..") {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			needed = needed || strings.Contains(string(text), heavy)
		}
		assert.True(t, needed, heavy)
	}
}

// nestedModules returns the files go.mod below the root of a repository, at any depth.
func nestedModules(t *testing.T, root string) (files []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(file string, f fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case f.IsDir() && file != root && strings.HasPrefix(f.Name(), "."), f.Name() == "testdata":
			return fs.SkipDir
		case f.Name() == "go.mod" && filepath.Dir(file) != root:
			files = append(files, file)
		}
		return nil
	}))
	return files
}

func TestNestedModules(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var want []string
	for name, found := range map[string]bool{
		"go.mod": false, "cqrs/a/go.mod": true, "cqrs/a/b/go.mod": true, "cqrs/a/cmd/b/go.mod": true,
		".cache/c/go.mod": false, "cqrs/testdata/go.mod": false, "cqrs/go.sum": false,
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, nil, 0o644))
		if found {
			want = append(want, file)
		}
	}
	assert.ElementsMatch(t, want, nestedModules(t, root))
}

// TestImports_for_tests checks that no program imports code meant only for tests.
func TestImports_for_tests(t *testing.T) {
	t.Parallel()
	forTests := func(pkg string) bool {
		return slices.ContainsFunc([]string{"testkit", "broken", "twins", "outboxproof", "sqloutbox/storetest", "render"}, func(name string) bool {
			return pkg == internalPkgs+name || strings.HasPrefix(pkg, internalPkgs+name+"/")
		})
	}
	const imports = "{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}\n{{end}}"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", imports, thisModule+"/...").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), bootstrapPkg+" "+cqrsPkg+"\n")
	for line := range strings.Lines(string(out)) {
		pkg, imported, _ := strings.Cut(strings.TrimSpace(line), " ")
		assert.False(t, forTests(imported) && !forTests(pkg), "%s imports %s", pkg, imported)
	}
}
