package uuid_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/uuid"
)

func TestNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := uuid.New(), uuid.New()
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, a)
		assert.NotEqual(t, a, b)
		time.Sleep(time.Millisecond)
		assert.Less(t, max(a, b), uuid.New())
	})
}
