package errtext_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

type store struct{}

func (*store) open() error { return nil }
func (store) close()       {}

type (
	bigStore struct{ *store }
	opener   interface{ open() error }
)

func newOf[T any]() *T { return new(T) }

func TestLocate(t *testing.T) {
	t.Parallel()

	t.Run("returns the name and the line of a function", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			fn          any
			name, place string
		}{
			{newOf[int], `^errtext_test\.newOf\[\.\.\.\] \(/.*/place_test\.go:21\)$`, `^/.*/place_test\.go:21$`},
			{(*store).open, `^errtext_test\.\(\*store\)\.open \(/.*/place_test\.go:13\)$`, `^/.*/place_test\.go:13$`},
			{func() {}, `^errtext_test\.TestLocate\.func\S* \(/.*/place_test\.go:34\)$`, `^/.*/place_test\.go:34$`},
		} {
			assert.Regexp(t, test.name, errtext.Locate(test.fn).Named())
			assert.Regexp(t, test.place, errtext.Locate(test.fn).String())
		}
	})

	t.Run("returns only the name of a function that is in no file", func(t *testing.T) {
		t.Parallel()
		s := &store{}
		for want, fn := range map[string]any{
			"errtext_test.(*store).open":    s.open,
			"errtext_test.store.close":      s.close,
			"errtext_test.opener.open":      opener(s).open,
			"errtext_test.(*bigStore).open": (*bigStore).open,
		} {
			assert.Equal(t, want, errtext.Locate(fn).String())
			assert.Equal(t, want, errtext.Locate(fn).Named())
		}
	})

	t.Run("returns no place of what is no function", func(t *testing.T) {
		t.Parallel()
		for _, fn := range []any{nil, 3, (func())(nil)} {
			assert.Equal(t, "unknown function", errtext.Locate(fn).String())
		}
	})
}

func TestPlace_Portable(t *testing.T) {
	t.Parallel()
	const pkg = "github.com/digcqrs/digcqrs/internal/errtext_test"
	assert.Regexp(t, `^`+pkg+`/place_test\.go:\d+$`, errtext.Locate(newOf[int]).Portable())
	assert.Equal(t, pkg+".newOf[...]", errtext.Locate(newOf[int]).FullName())
	assert.Equal(t, pkg+".(*store).open", errtext.Locate((*store).open).FullName())
	assert.Empty(t, errtext.Locate((&store{}).open).Portable(), "of a method value")
	dotted := errtext.PlaceOf("gopkg.in/yaml%2ev3.(*Node).Decode", `/home/me/yaml.go`, 7)
	assert.Equal(t, "gopkg.in/yaml.v3/yaml.go:7", dotted.Portable())
	assert.Equal(t, "gopkg.in/yaml.v3.(*Node).Decode", dotted.FullName())
	assert.Equal(t, "main/main.go:3", errtext.PlaceOf("main.main", "main.go", 3).Portable())
	assert.Equal(t, "unknown function", errtext.Locate(nil).FullName())
	assert.Regexp(t, `^`+pkg+`/place_test\.go:\d+$`, callerPlaceOf().Portable())
}

func callerPlaceOf() errtext.Place { return errtext.CallerPlace() }

// callerOf is a function that wants to know where it was called.
func callerOf() string { return errtext.Caller() }

func TestCaller(t *testing.T) {
	t.Parallel()
	assert.Regexp(t, `^/.*/place_test\.go:\d+$`, callerOf())
	first, second := callerOf(), callerOf()
	assert.Equal(t, first, second, "the line of the call, not one in callerOf")
	assert.NotEqual(t, first, callerOf())
}
