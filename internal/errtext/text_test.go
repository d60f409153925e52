package errtext_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// failed is an error with a text.
type failed struct{ errtext.Text }

func failure(t errtext.Text) error { return &failed{t} }

func (f *failed) Error() string                 { return errtext.Write(f.Text) }
func (f *failed) Format(s fmt.State, verb rune) { errtext.Format(s, verb, f.Text) }

// detailed is an error that says more with %+v, like the errors of dig.
type detailed struct{}

func (detailed) Error() string { return "short" }
func (detailed) Format(s fmt.State, verb rune) {
	if verb == 'v' && s.Flag('+') {
		_, _ = fmt.Fprint(s, "long:\nvery long")
		return
	}
	_, _ = fmt.Fprint(s, "short")
}

type broken struct{ what string }

func (b *broken) Error() string { return b.what + strings.Repeat("x", -len(b.what)) }

func TestWrite(t *testing.T) {
	t.Parallel()

	t.Run("begins with the package, but not within a text of the same package", func(t *testing.T) {
		t.Parallel()
		inner := failure(errtext.New("shop", "it is %d o'clock", 3))
		assert.Equal(t, "shop: it is 3 o'clock", inner.Error())
		assert.Equal(t, "shop: closed: it is 3 o'clock", errtext.Write(errtext.New("shop", "closed: %v", inner)))
		assert.Equal(t, "bank: closed: shop: it is 3 o'clock", errtext.Write(errtext.New("bank", "closed: %v", inner)))
		open := errors.New("bank: it is open")
		assert.Equal(t, "bank: closed: it is open", errtext.Write(errtext.New("bank", "closed: %v", open)))
		assert.Equal(t,
			"bank: closed (it is 3 o'clock)",
			errtext.Write(errtext.New("bank", "closed (%v)", errtext.Part("it is %d o'clock", 3))))
	})

	t.Run("shortens a long cause in its middle, between two characters", func(t *testing.T) {
		t.Parallel()
		for n := range 4 {
			cause := errors.New("begin" + strings.Repeat("x", n) + strings.Repeat("é", 1<<20) + "end")
			text := errtext.Sprintf("failed: %v; retry", cause)
			assert.Less(t, len(text), 4200)
			assert.True(t, utf8.ValidString(text))
			assert.Regexp(t, `^failed: beginx*é+\.\.\. \(\d+ more bytes\) \.\.\.é+end; retry$`, text)
		}
	})

	t.Run("leaves a cause of ordinary length as it is", func(t *testing.T) {
		t.Parallel()
		long := strings.Repeat("x", 4096)
		assert.Equal(t, "failed: "+long, errtext.Sprintf("failed: %v", errors.New(long)))
	})

	t.Run("is bounded however deep causes are", func(t *testing.T) {
		t.Parallel()
		err := errors.New("root")
		for range 100 {
			err = failure(errtext.New("app", "%s: %v", strings.Repeat("x", 1000), err))
		}
		assert.Less(t, len(err.Error()), 6000)
		assert.True(t, strings.HasSuffix(err.Error(), "root"))
		err = fmt.Errorf("%w", err)
		assert.Less(t, len(errtext.Sprintf("failed: %v", err)), 5000)
	})

	t.Run("survives an error that panics or is a nil pointer", func(t *testing.T) {
		t.Parallel()
		assert.Contains(t, errtext.Sprintf("failed: %v; retry", &broken{"x"}), "failed: ")
		for _, err := range []error{(*broken)(nil), (*failed)(nil)} {
			assert.Equal(t, fmt.Sprintf(
				"failed: a nil %T whose method Error panicked; retry", err), errtext.Sprintf("failed: %v; retry", err))
		}
	})
}

func TestFormat(t *testing.T) {
	t.Parallel()
	err := failure(errtext.New("app", "failed: %v", failure(errtext.Part("because of %v", detailed{}))))

	t.Run("writes causes in their long form with %+v", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "app: failed: because of long:\nvery long", fmt.Sprintf("%+v", err))
		assert.Equal(t, "app: failed: because of long:\nvery long", fmt.Sprintf("%+v", errtext.Errors(err)))
	})

	t.Run("writes the text with all other verbs", func(t *testing.T) {
		t.Parallel()
		text := "app: failed: because of short"
		require.EqualError(t, err, text)
		assert.Equal(t, text, fmt.Sprintf("%v", err))
		assert.Equal(t, text, fmt.Sprintf("%s", err))
		assert.Equal(t, fmt.Sprintf("%q", text), fmt.Sprintf("%q", err))
		assert.Equal(t, fmt.Sprintf("%40s", text), fmt.Sprintf("%40s", err))
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	one, two := errors.New("one"), errors.New("two")
	require.NoError(t, errtext.Errors())
	require.NoError(t, errtext.Errors(nil, nil))
	err := errtext.Errors(one, nil, two)
	assert.EqualError(t, err, errors.Join(one, nil, two).Error())
	assert.ErrorIs(t, err, one)
	assert.ErrorIs(t, err, two)
	assert.Equal(t, []error{one, two}, err.(interface{ Unwrap() []error }).Unwrap())
}
