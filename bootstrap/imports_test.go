package bootstrap_test

import (
	"maps"
	"os/exec"
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
)

// dependencies returns all that packages import, directly or not, and what
// they are themselves: the packages beside the standard library, each with its module.
func dependencies(t *testing.T, packages ...string) map[string]string {
	t.Helper()
	args := append([]string{"list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Module.Path}}{{end}}"}, packages...)
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
		own      []string // packages of this module
		modules  []string // others
	}{
		{
			"package cqrs needs the standard library only",
			[]string{cqrsPkg},
			[]string{cqrsPkg},
			nil,
		},
		{
			"package container needs dig, and not cqrs",
			[]string{containerPkg},
			[]string{containerPkg},
			[]string{"go.uber.org/dig"},
		},
		{
			"a program that imports all three needs dig, zap and multierr",
			[]string{bootstrapPkg, containerPkg, cqrsPkg},
			[]string{bootstrapPkg, containerPkg, cqrsPkg},
			[]string{"go.uber.org/dig", "go.uber.org/multierr", "go.uber.org/zap"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var own []string
			modules := make(map[string]bool)
			for pkg, module := range dependencies(t, test.packages...) {
				if module == thisModule {
					own = append(own, pkg)
				} else {
					modules[module] = true
				}
			}
			assert.ElementsMatch(t, test.own, own)
			assert.Equal(t, test.modules, slices.Sorted(maps.Keys(modules)))
		})
	}
}
