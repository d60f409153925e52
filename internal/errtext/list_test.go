package errtext_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		list errtext.List
		want string
	}{
		{errtext.Join(numbers(0), ", "), ""},
		{errtext.Join(numbers(1), ", "), "1"},
		{errtext.Join(numbers(6), " -> "), "1 -> 2 -> 3 -> 4 -> 5 -> 6"},
		{errtext.Join(numbers(7), " -> "), "1 -> 2 -> 3 -> (1 more) -> 5 -> 6 -> 7"},
		{errtext.Join(numbers(100_000), ", "), "1, 2, 3, (99994 more), 99998, 99999, 100000"},
		{errtext.Or(numbers(1)), "1"},
		{errtext.Or(numbers(2)), "1 or 2"},
		{errtext.Or(numbers(3)), "1, 2 or 3"},
		{errtext.Or(numbers(9)), "1, 2, 3, (3 more), 7, 8 or 9"},
		{errtext.And(numbers(3)), "1, 2 and 3"},
		{errtext.Lines(numbers(2)), "1\n2"},
		{errtext.Numbered([]string{"a", "b"}), "\n  1. a\n  2. b"},
	} {
		assert.Equal(t, test.want, errtext.Sprintf("%v", test.list))
	}

	t.Run("of lines may be longer", func(t *testing.T) {
		t.Parallel()
		lines := strings.Split(errtext.Sprintf("%v", errtext.Lines(numbers(1000))), "\n")
		assert.Len(t, lines, 51)
		assert.Equal(t, "(950 more)", lines[25])
		assert.Equal(t, "1000", lines[50])
		lines = strings.Split(errtext.Sprintf("problems:%v", errtext.Numbered(numbers(1000))), "\n")
		assert.Len(t, lines, 52)
		assert.Equal(t, "problems:", lines[0])
		assert.Equal(t, "  25. 25", lines[25])
		assert.Equal(t, "  (950 more)", lines[26])
		assert.Equal(t, "  976. 976", lines[27])
		assert.Equal(t, "  1000. 1000", lines[51])
	})

	t.Run("has any argument of a text as an item", func(t *testing.T) {
		t.Parallel()
		items := []any{errtext.Part("%d apples", 3), errors.New("no pears"), "plums", errtext.Or(numbers(2))}
		assert.Equal(t, "3 apples, no pears, plums, 1 or 2", errtext.Sprintf("%v", errtext.Join(items, ", ")))
	})

	t.Run("shortens errors that are joined", func(t *testing.T) {
		t.Parallel()
		errs := slices.Repeat([]error{errors.New(strings.Repeat("x", 100_000))}, 10_000)
		text := errtext.Errors(errs...).Error()
		assert.Less(t, len(text), 51*4200)
		assert.Contains(t, text, "\n(9950 more)\n")
	})
}
