package testkit_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a testing.TB that records whether it failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) FailNow()              { panic(r) }

// fails reports whether a test fails.
func fails(t *testing.T, test func(t testing.TB)) bool {
	r := &recorder{TB: t}
	defer func() {
		if stopped := recover(); stopped != nil && stopped != any(r) {
			panic(stopped)
		}
	}()
	test(r)
	return r.failed
}

func TestAssertGolden(t *testing.T) {
	t.Parallel()
	if testkit.Updating() {
		t.Skip("the files are being written")
	}
	file := filepath.Join(t.TempDir(), "golden.txt")
	require.NoError(t, os.WriteFile(file, []byte("text\n"), 0o644))

	t.Run("passes if the file has the text", func(t *testing.T) {
		t.Parallel()
		assert.False(t, fails(t, func(t testing.TB) { testkit.AssertGolden(t, file, "text\n") }))
	})

	t.Run("fails if the file has another text", func(t *testing.T) {
		t.Parallel()
		assert.True(t, fails(t, func(t testing.TB) { testkit.AssertGolden(t, file, "text") }))
	})

	t.Run("fails if there is no file", func(t *testing.T) {
		t.Parallel()
		r := &recorder{TB: t}
		assert.PanicsWithValue(t, r, func() { testkit.AssertGolden(r, file+".missing", "text") })
	})
}

func TestPortable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"bound at /home/gopher/app/main.go:12":     "bound at main.go:12",
		`"app.New" (/home/gopher/app/main.go:7)`:   `"app.New" (main.go:7)`,
		"C:/app/main.go:7 and /app/order/map.go:8": "main.go:7 and map.go:8",
		"/usr/lib/go/src/reflect/asm_arm64.s:40":   "asm.s",
		"github.com/gopher/app.Place is not bound": "github.com/gopher/app.Place is not bound",
	} {
		assert.Equal(t, want, testkit.Portable(text))
	}
}

func TestWithoutDeclared(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "int does not satisfy C", testkit.WithoutDeclared("int does not satisfy C (declared at bind.go:12)"))
}
