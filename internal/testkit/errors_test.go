package testkit_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestAssertErrorText(t *testing.T) {
	t.Parallel()
	testkit.AssertErrorText(t, "refused", errors.New("app: refused (/home/gopher/app/main.go:12)"))
}

func TestAssertErrorFiles(t *testing.T) {
	t.Parallel()
	assert.False(t, fails(t, func(t testing.TB) { testkit.AssertErrorFiles(t, []string{"refused"}) }))
	assert.True(t, fails(t, func(t testing.TB) { testkit.AssertErrorFiles(t, []string{"denied"}) }))
}
