package wrap_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/wrap"
)

type only = wrap.Only

type marked struct{ only }

func (*marked) Error() string { return "marked" }

func TestInner(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	assert.Equal(t, cause, wrap.Inner(&marked{wrap.Around(cause)}))
	assert.NoError(t, wrap.Inner(&marked{wrap.Around(nil)}))
	assert.NoError(t, wrap.Inner((*marked)(nil)))
	assert.NoError(t, wrap.Inner(errors.Join(cause)))
	assert.NoError(t, wrap.Inner(nil))
}
