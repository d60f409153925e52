package panics_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/digcqrs/digcqrs/internal/panics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// below returns the line below that of its caller.
func below() string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", file, line+1)
}

func recovered(f func()) (site string) {
	defer func() {
		if recover() != nil {
			site = panics.Site()
		}
	}()
	f()
	return ""
}

func TestSite(t *testing.T) {
	t.Parallel()

	t.Run("is the line that panics", func(t *testing.T) {
		t.Parallel()
		var want string
		got := recovered(func() {
			want = below()
			panic("boom")
		})
		assert.Equal(t, want, got)
	})

	t.Run("is the line of a runtime error", func(t *testing.T) {
		t.Parallel()
		var want string
		var m map[string]int
		got := recovered(func() {
			want = below()
			m["a"] = 1
		})
		assert.Equal(t, want, got)
	})

	t.Run("is the line that calls the standard library", func(t *testing.T) {
		t.Parallel()
		var want string
		got := recovered(func() {
			want = below()
			_ = strings.Repeat("a", -len(os.Args))
		})
		assert.Equal(t, want, got)
	})
}
