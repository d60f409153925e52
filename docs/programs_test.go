package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// The directories of the programs that the documents show: programs to run, and
// programs that must not compile.
var programDirs = []string{"docs/quickstart", "docs/tutorial/*", "docs/howto/*"}

const compileDirs = "docs/testdata/compile/*"

func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, pattern := range programDirs {
		for _, dir := range directories(t, pattern) {
			t.Run(dir, func(t *testing.T) {
				t.Parallel()
				program := filepath.Join(t.TempDir(), "program")
				if runtime.GOOS == "windows" {
					program += ".exe"
				}
				built, err := goBuild(t, program, dir)
				require.NoError(t, err, "go build: %s", built)

				cmd := exec.CommandContext(t.Context(), program)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				printed, err := cmd.Output()
				require.NoError(t, err, "stdout:\n%s\nstderr:\n%s", printed, &stderr)
				assert.Empty(t, stderr.String(), "stderr")
				text := strings.ReplaceAll(relative(t, string(printed)), dir+"/", "")
				testkit.AssertGolden(t, filepath.Join(root(t), dir, "testdata", "output.txt"), text)
			})
		}
	}
}

func TestPrograms_ThatDoNotCompile(t *testing.T) {
	t.Parallel()
	for _, dir := range directories(t, compileDirs) {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			printed, err := goBuild(t, filepath.Join(t.TempDir(), "program"), dir)
			require.Error(t, err)
			_, text, ok := strings.Cut(printed, "\n") // the first line names the package
			require.True(t, ok)
			testkit.AssertGolden(t, filepath.Join(root(t), "docs", "testdata", "compile", filepath.Base(dir)+".txt"),
				testkit.WithoutDeclared(relative(t, text)))
		})
	}
}

// directories returns the directories that match a pattern, from the root.
func directories(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root(t), filepath.FromSlash(pattern)))
	require.NoError(t, err)
	var dirs []string
	for _, dir := range found {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		if info.IsDir() {
			dir, err = filepath.Rel(root(t), dir)
			require.NoError(t, err)
			dirs = append(dirs, filepath.ToSlash(dir))
		}
	}
	require.NotEmpty(t, dirs, pattern)
	return dirs
}

func goBuild(t *testing.T, program, dir string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath=false", "-o", program, "./"+dir)
	cmd.Dir = root(t)
	printed, err := cmd.CombinedOutput()
	return string(printed), err
}

// relative removes the directory of the module from paths.
func relative(t *testing.T, text string) string {
	t.Helper()
	return strings.ReplaceAll(text, filepath.ToSlash(root(t))+"/", "")
}
