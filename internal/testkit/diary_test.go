package testkit_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestDiary(t *testing.T) {
	t.Parallel()
	var d testkit.Diary
	d.Note("begin %d", 1)
	d.Note("commit")
	d.Note("commit")
	assert.Equal(t, 2, d.Count("commit"))
	assert.Equal(t, []string{"begin 1", "commit", "commit"}, d.Notes())
	assert.Empty(t, d.Notes())
}
