package testkit_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestOnGoroutine(t *testing.T) {
	t.Parallel()
	ran, returned := false, false
	testkit.OnGoroutine(func() {
		ran = true
		runtime.Goexit()
		returned = true
	})
	assert.True(t, ran)
	assert.False(t, returned)
}
