package cqrs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestDeliveryMode_String(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "in-scope", cqrs.DeliveryInScope.String())
	assert.Equal(t, "after-scope", cqrs.DeliveryAfterScope.String())
	assert.Equal(t, "unknown", cqrs.DeliveryMode(-1).String())
}
