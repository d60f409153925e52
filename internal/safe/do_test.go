package safe_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
)

func TestDo(t *testing.T) {
	t.Parallel()
	called := false
	assert.True(t, safe.Do(func() { called = true }))
	assert.True(t, called)
	assert.False(t, safe.Do(func() { panic("boom") }))
	assert.False(t, safe.Do(func() { panic(&broken.Panicking{}) }))
}
