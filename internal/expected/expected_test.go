package expected_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/digcqrs/digcqrs/internal/expected"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestIs(t *testing.T) {
	t.Parallel()
	denied := expected.New("app.ErrDenied", "app: denied")
	assert.True(t, expected.Is(denied))
	assert.False(t, expected.Is(nil))
	assert.False(t, expected.Is(errors.New("app: denied")))
	assert.False(t, expected.Is(fmt.Errorf("sending: %w", denied)), "only the error itself")
}

func TestNew(t *testing.T) {
	t.Parallel()
	denied := expected.New("app.ErrDenied", "app: denied")
	assert.EqualError(t, denied, "app: denied")
	assert.NotErrorIs(t, denied, expected.New("app.ErrDenied", "app: denied"), "each is an error of its own")
}
