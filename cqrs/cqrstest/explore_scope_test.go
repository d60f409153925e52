package cqrstest_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
)

// TestExploreFailures_Reports checks reports with defects that no application can have, unless the
// library has one.
func TestExploreFailures_Reports(t *testing.T) {
	t.Parallel()
	errFailed := errors.New("failed")
	constructor := func(name string) *cqrs.Step {
		return &cqrs.Step{Kind: cqrs.StepConstructor, Name: name, Finalizers: 1}
	}
	finalizer := func(name string, outcome, err error) *cqrs.Step {
		return &cqrs.Step{Kind: cqrs.StepFinalizer, Name: name, Outcome: outcome, Err: err}
	}
	delivery := &cqrs.Step{Kind: cqrs.StepDelivery, Name: "mail", Mode: cqrs.DeliveryAfterScope}
	a, b := constructor("a"), constructor("b")
	for name, row := range map[string]struct {
		outcome error // of the scope
		steps   []*cqrs.Step
		after   []*cqrs.Step
		want    []string
	}{
		"accepts a scope that has finalized everything": {
			nil, []*cqrs.Step{a, b, finalizer("b", nil, nil), finalizer("a", nil, nil)}, []*cqrs.Step{delivery}, nil,
		},
		"accepts a scope that was rolled back": {
			errFailed, []*cqrs.Step{a, finalizer("a", errFailed, nil)}, nil, nil,
		},
		"accepts a scope whose finalizer has failed": {
			errFailed, []*cqrs.Step{a, b, finalizer("b", nil, errFailed), finalizer("a", errFailed, nil)}, nil, nil,
		},
		"finds a value that was not finalized": {
			nil, []*cqrs.Step{a, b, finalizer("a", nil, nil)}, nil,
			[]string{"finalizer b ran 0 times; expected 1, as often as its value was built"},
		},
		"finds a finalizer that ran twice": {
			nil, []*cqrs.Step{a, finalizer("a", nil, nil), finalizer("a", nil, nil)}, nil,
			[]string{"finalizer a ran 2 times; expected 1, as often as its value was built"},
		},
		"finds the wrong order": {
			nil, []*cqrs.Step{a, b, finalizer("a", nil, nil), finalizer("b", nil, nil)}, nil,
			[]string{"the finalizer of a ran when that of b was expected: the last value built is the first to be finalized"},
		},
		"finds a commit after another finalizer has failed": {
			errFailed, []*cqrs.Step{a, b, finalizer("b", nil, errFailed), finalizer("a", nil, nil)}, nil,
			[]string{"the finalizer of a received the outcome nil, so it commits; expected an error, since the scope has failed"},
		},
		"finds a rollback in a scope that has succeeded": {
			nil, []*cqrs.Step{a, finalizer("a", errFailed, nil)}, nil,
			[]string{"the finalizer of a received the outcome failed, so it rolls back; expected nil, since the scope has succeeded"},
		},
		"finds a scope that fails although everything was committed": {
			errFailed, []*cqrs.Step{a, finalizer("a", nil, nil)}, nil,
			[]string{"the scope failed with failed; expected success, since all finalizers were told to commit, and did"},
		},
		"finds a delivery after a scope that was rolled back": {
			errFailed, []*cqrs.Step{a, finalizer("a", errFailed, nil)}, []*cqrs.Step{delivery},
			[]string{"delivery mail after-scope was delivered, but no scope has committed before; expected the event to be dropped"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scope := &cqrs.Step{Kind: cqrs.StepScope, Err: row.outcome, Steps: row.steps}
			root := &cqrs.Step{Kind: cqrs.StepRequest, Name: "Send", Steps: append([]*cqrs.Step{scope}, row.after...)}
			assert.Equal(t, row.want, cqrstest.CheckReport(&cqrs.Report{Root: root}))
		})
	}
}
