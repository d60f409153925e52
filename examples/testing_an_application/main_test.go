package main_test

import (
	"testing"

	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	exampletest.Run(t)
}
