package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

const (
	old      = `{"schema": 1, "requests": [{"message": "example.com/shop.Place", "kind": "command", "plan": {"kind": "handler", "handler": {"type": "*example.com/shop.Placer"}}}]}`
	literals = `{"schema": 1, "requests": [{"message": "example.com/shop.Place", "kind": "command", "plan": {"kind": "handler", "handler": {"type": "*example.com/shop.Placer"}},
		"middleware": [{"name": "main.main.func1", "around": "scope", "conditional": true}, {"name": "main.main.func2", "around": "handler"}]}]}`
	more = `{"schema": 1, "requests": [{"message": "example.com/shop.Place", "kind": "command", "plan": {"kind": "handler", "handler": {"type": "*example.com/shop.Placer"}}}, {"message": "example.com/shop.Read", "kind": "query", "plan": {"kind": "handler", "handler": {"type": "*example.com/shop.Reader"}}}]}`
)

// diff runs the command with two files.
func diff(t *testing.T, before, after string, flags ...string) (status int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	first, second := filepath.Join(dir, "old.json"), filepath.Join(dir, "new.json")
	require.NoError(t, os.WriteFile(first, []byte(before), 0o600))
	require.NoError(t, os.WriteFile(second, []byte(after), 0o600))
	var o, e strings.Builder
	status = run(append(flags, first, second), strings.NewReader(""), &o, &e)
	return status, o.String(), strings.ReplaceAll(e.String(), dir+string(filepath.Separator), "")
}

func TestRun(t *testing.T) {
	t.Parallel()

	t.Run("says what has changed, and fails if something was lost", func(t *testing.T) {
		t.Parallel()
		status, out, errs := diff(t, more, old)
		assert.Equal(t, somethingLost, status)
		assert.Equal(t, "lost: query shop.Read is no longer handled; it was by *shop.Reader\n", out)
		assert.Empty(t, errs)
		status, out, _ = diff(t, old, more)
		assert.Equal(t, nothingLost, status)
		assert.Equal(t, "query shop.Read is handled now, by *shop.Reader\n", out)
		status, out, _ = diff(t, old, old)
		assert.Equal(t, nothingLost, status)
		assert.Equal(t, "no change in behaviour\n", out)
	})

	t.Run("finds no change in a file with function literals that differ", func(t *testing.T) {
		t.Parallel()
		status, out, _ := diff(t, literals, literals)
		assert.Equal(t, nothingLost, status)
		assert.Equal(t, "no change in behaviour\n", out)
	})

	t.Run("writes JSON", func(t *testing.T) {
		t.Parallel()
		status, out, _ := diff(t, more, old, "-json")
		assert.Equal(t, somethingLost, status)
		assert.JSONEq(t, `[{"kind": "request", "subject": "example.com/shop.Read", "lost": true,
			"text": "query shop.Read is no longer handled; it was by *shop.Reader"}]`, out)
		_, out, _ = diff(t, old, old, "-json")
		assert.Equal(t, "[]\n", out)
	})

	t.Run("reads the standard input", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "old.json")
		require.NoError(t, os.WriteFile(file, []byte(old), 0o600))
		var out strings.Builder
		assert.Equal(t, nothingLost, run([]string{file, "-"}, strings.NewReader(more), &out, &out))
		assert.Equal(t, "query shop.Read is handled now, by *shop.Reader\n", out.String())
	})

	t.Run("refuses wrong arguments and files", func(t *testing.T) {
		t.Parallel()
		for _, args := range [][]string{nil, {"a"}, {"a", "b", "c"}, {"-", "-"}, {"-color", "a", "b"}} {
			var out, errs strings.Builder
			assert.Equal(t, invalid, run(args, strings.NewReader(""), &out, &errs), args)
			assert.Contains(t, errs.String(), "usage: cqrsdiff", args)
			assert.Empty(t, out.String())
		}
		status, _, errs := diff(t, old, "{}")
		assert.Equal(t, invalid, status)
		assert.True(t, strings.HasPrefix(errs, "cqrsdiff: new.json: topology: "), errs)
		var out strings.Builder
		assert.Equal(t, invalid, run([]string{"missing.json", "-"}, strings.NewReader(old), &out, &out))
		assert.Equal(t, invalid, run([]string{"-", "missing.json"}, brokenReader{}, &out, &out))
	})

	t.Run("shows how to use it", func(t *testing.T) {
		t.Parallel()
		var out strings.Builder
		assert.Equal(t, nothingLost, run([]string{"-help"}, nil, &out, &out))
		testkit.AssertGolden(t, "testdata/usage.txt", out.String())
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }
