package safe_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
)

type mute struct{}

func (*mute) String() string { panic("String") }

type secret struct{ password string }

type name string

func TestText(t *testing.T) {
	t.Parallel()
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, "<nil>"},
		{"an error", errSentinel, "sentinel"},
		{"a nil error that panics", (*broken.NotFound)(nil), "a nil *broken.NotFound whose method Error panicked"},
		{"an error that panics", &broken.Panicking{}, "a *broken.Panicking whose method Error panicked"},
		{"a Stringer", time.Second, "1s"},
		{"a Stringer that panics", &mute{}, "a *safe_test.mute whose method String panicked"},
		{"a string", "boom", "boom"},
		{"a named string", name("boom"), "boom"},
		{"a number", 42, "42"},
		{"a fraction", 1.5, "1.5"},
		{"a bool", true, "true"},
		{"a struct", secret{"hunter2"}, "a safe_test.secret"},
		{"a pointer to a struct", &secret{"hunter2"}, "a *safe_test.secret"},
		{"a nil pointer", (*secret)(nil), "a nil *safe_test.secret"},
		{"a map that contains itself", cyclic, "a map[string]interface {}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, safe.Text(test.value))
		})
	}

	t.Run("cuts a long text between two characters", func(t *testing.T) {
		t.Parallel()
		for n := range 4 {
			long := strings.Repeat("x", n) + strings.Repeat("é", safe.MaxText) + "end"
			text := safe.Text(errors.New(long))
			assert.LessOrEqual(t, len(text), safe.MaxText)
			assert.Greater(t, len(text), safe.MaxText-48)
			assert.True(t, utf8.ValidString(text))
			assert.Regexp(t, `^x*é+\.\.\. \(\d+ more bytes\) \.\.\.é+end$`, text)
		}
		fits := strings.Repeat("x", safe.MaxText)
		assert.Equal(t, fits, safe.Text(errors.New(fits)))
	})
}
