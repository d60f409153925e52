package cqrs_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// A misuse is a program that gets an error, and the name of the golden file with its text.
type misuse struct {
	name   string
	reason error // matched by the error; nil for a panic
	err    func(t *testing.T) error
}

// errorType is the reason of a misuse whose error type has no sentinel.
type errorType[E error] struct{ error }

func (errorType[E]) matches(err error) bool {
	_, is := errors.AsType[E](err)
	return is
}

func misuses() []misuse {
	return slices.Concat(misusesOfMessages(), misusesOfBindings(), misusesOfMiddleware(), misusesOfDurables(),
		misusesOfEmissions())
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()

	for _, m := range misuses() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			err := m.err(t)
			switch reason := m.reason.(type) {
			case nil: // a panic
			case interface{ matches(err error) bool }:
				require.True(t, reason.matches(err), "%T", err)
			default:
				require.ErrorIs(t, err, reason)
			}
			testkit.AssertErrorText(t, m.name, err)
			assert.True(t, strings.HasPrefix(err.Error(), "cqrs: "), "%v", err)
			assert.NotContains(t, err.Error(), "\n")
		})
	}

	t.Run("have no other golden files", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, m := range misuses() {
			names = append(names, m.name)
		}
		testkit.AssertErrorFiles(t, names)
	})
}
