package safe_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestDo(t *testing.T) {
	t.Parallel()
	called := false
	assert.True(t, safe.Do(func() { called = true }))
	assert.True(t, called)
	assert.False(t, safe.Do(func() { panic("boom") }))
	assert.False(t, safe.Do(func() { panic(&broken.Panicking{}) }))
}

func TestGuard(t *testing.T) {
	t.Parallel()
	var unwound []any
	note := func(value any) error {
		unwound = append(unwound, value)
		return fmt.Errorf("panic: %v", value)
	}
	require.NoError(t, safe.Guard(func() error { return nil }, note))
	assert.Equal(t, errSentinel, safe.Guard(func() error { return errSentinel }, note))
	assert.Empty(t, unwound)
	require.EqualError(t, safe.Guard(func() error { panic("boom") }, note), "panic: boom")
	testkit.OnGoroutine(func() {
		_ = safe.Guard(func() error { runtime.Goexit(); return nil }, note)
	})
	assert.Equal(t, []any{"boom", nil}, unwound)
}
