package safe_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
)

func TestIs(t *testing.T) {
	t.Parallel()
	t.Run("agrees with errors.Is if nothing panics", func(t *testing.T) {
		t.Parallel()
		_, noFile := os.Open("no such file")
		errs := []error{
			nil, errSentinel, fmt.Errorf("wrapped: %w", errSentinel),
			errors.Join(errors.New("other"), errSentinel),
			noFile, fs.ErrNotExist, &broken.NotFound{What: "sentinel"}, &broken.NotFound{What: "user", Err: errSentinel},
			broken.Box{What: 1}, broken.Box{What: 2}, broken.List{errSentinel}, fmt.Errorf("%w%w", nil, fs.ErrNotExist),
		}
		for _, err := range errs {
			for _, target := range errs {
				assert.Equal(t, errors.Is(err, target), safe.Is(err, target), "%v is %v", err, target)
			}
		}
	})

	t.Run("searches the rest when a method panics", func(t *testing.T) {
		t.Parallel()
		for what, bad := range broken.Errors() {
			err := errors.Join(bad, errSentinel)
			assert.True(t, safe.Is(err, errSentinel), what)
			assert.False(t, safe.Is(err, fs.ErrNotExist), what)
		}
	})

	t.Run("does not panic for values that cannot be compared", func(t *testing.T) {
		t.Parallel()
		require.Panics(t, func() { _ = errors.Is(broken.Box{What: []int{1}}, broken.Box{What: []int{1}}) })
		assert.False(t, safe.Is(broken.Box{What: []int{1}}, broken.Box{What: []int{1}}))
		assert.False(t, safe.Is(broken.List{}, broken.List{}))
	})
}

func TestAs(t *testing.T) {
	t.Parallel()
	t.Run("agrees with errors.AsType if nothing panics", func(t *testing.T) {
		t.Parallel()
		_, noFile := os.Open("no such file")
		wrapped, joined := fmt.Errorf("wrapped: %w", noFile), errors.Join(errSentinel, noFile)
		for _, err := range []error{nil, errSentinel, noFile, wrapped, joined} {
			want, ok := errors.AsType[*fs.PathError](err)
			got, found := safe.As[*fs.PathError](err)
			assert.Equal(t, ok, found, "%v", err)
			assert.Same(t, want, got, "%v", err)
		}
	})

	t.Run("searches the rest when a method panics", func(t *testing.T) {
		t.Parallel()
		want := &fs.PathError{}
		got, ok := safe.As[*fs.PathError](errors.Join((*broken.NotFound)(nil), &broken.Panicking{}, want))
		assert.True(t, ok)
		assert.Same(t, want, got)
	})

	t.Run("finds what a method As provides", func(t *testing.T) {
		t.Parallel()
		got, ok := safe.As[*fs.PathError](convertible{})
		assert.True(t, ok)
		assert.Equal(t, "converted", got.Op)
	})
}

type convertible struct{}

func (convertible) Error() string { return "convertible" }
func (convertible) As(to any) bool {
	p, ok := to.(**fs.PathError)
	if ok {
		*p = &fs.PathError{Op: "converted"}
	}
	return ok
}

func TestSame(t *testing.T) {
	t.Parallel()
	shared, table := broken.List{errSentinel}, map[string]int{}
	for _, test := range []struct {
		name string
		a, b error
		want bool
	}{
		{"nil and nil", nil, nil, true},
		{"an error and nil", errSentinel, nil, false},
		{"an error and itself", errSentinel, errSentinel, true},
		{"two errors of one text", errors.New("a"), errors.New("a"), false},
		{"two errors that Is takes for equal", &broken.NotFound{What: "a"}, &broken.NotFound{What: "a"}, false},
		{"two equal values", broken.Box{What: 1}, broken.Box{What: 1}, true},
		{"two values that differ", broken.Box{What: 1}, broken.Box{What: "1"}, false},
		{"two types", broken.Box{What: 1}, errSentinel, false},
		{"a slice and itself", shared, shared, true},
		{"a slice and a part of it", shared, shared[:0], false},
		{"two slices of equal contents", broken.List{errSentinel}, broken.List{errSentinel}, false},
		{"a struct with one slice", broken.Box{What: shared}, broken.Box{What: shared}, true},
		{"a struct with two slices", broken.Box{What: shared}, broken.Box{What: broken.List{errSentinel}}, false},
		{"a struct with one map", broken.Box{What: table}, broken.Box{What: table}, true},
		{"a struct with two maps", broken.Box{What: table}, broken.Box{What: map[string]int{}}, false},
		{"an array with one slice", broken.Box{What: [1]any{shared}}, broken.Box{What: [1]any{shared}}, true},
		{"arrays with a slice and with nil", broken.Box{What: [1]any{shared}}, broken.Box{What: [1]any{nil}}, false},
		{"a function, which cannot be told from another", broken.Box{What: func() {}}, broken.Box{What: func() {}}, false},
		{"a comparable and an uncomparable value", broken.Box{What: 1}, broken.Box{What: shared}, false},
		{"two nil pointers", (*broken.NotFound)(nil), (*broken.NotFound)(nil), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, safe.Same(test.a, test.b))
			assert.Equal(t, test.want, safe.Same(test.b, test.a))
			if test.b != nil {
				assert.Equal(t, test.want, safe.Contains(errors.Join(&broken.Panicking{}, test.a), test.b))
			}
		})
	}
}

func TestContains(t *testing.T) {
	t.Parallel()
	assert.True(t, safe.Contains(nil, nil))
	assert.False(t, safe.Contains(nil, errSentinel))
	one, other := &broken.NotFound{What: "user"}, &broken.NotFound{What: "user"}
	require.ErrorIs(t, one, other, "its method Is compares contents")
	assert.False(t, safe.Contains(one, other))
	assert.True(t, safe.Contains(fmt.Errorf("wrapped: %w", one), one))
}

func TestIs_Allocations(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", &fs.PathError{Err: errSentinel})
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = safe.Is(err, errSentinel) }))
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = safe.Contains(err, errSentinel) }))
}

func BenchmarkIs(b *testing.B) {
	err := fmt.Errorf("wrapped: %w", &fs.PathError{Err: errSentinel})
	b.Run("errors", func(b *testing.B) {
		for b.Loop() {
			_ = errors.Is(err, errSentinel)
		}
	})
	b.Run("safe", func(b *testing.B) {
		for b.Loop() {
			_ = safe.Is(err, errSentinel)
		}
	})
}
