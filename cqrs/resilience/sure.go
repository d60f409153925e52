package resilience

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// sure is a policy that completes even if the handler panics or ends its goroutine, or if
// a listener panics. failsafe-go alone would lose a place in a bulkhead, or the trial of a
// half-open breaker, forever.
type sure struct {
	failsafe.Policy[any]
	unfinished error       // the outcome of a handler that does not return
	settle     func(error) // completes the policy if a panic of a listener prevented that
}

func (s sure) ToExecutor(any) any {
	return sureExecutor{s.Policy.ToExecutor(nil).(policy.Executor[any]), s}
}

type sureExecutor struct {
	policy.Executor[any]
	sure sure
}

// execute is the function that an executor of failsafe-go wraps.
type execute = func(failsafe.Execution[any]) *common.PolicyResult[any]

// Apply does not recover a panic of the handler, so the panic keeps its stack.
func (e sureExecutor) Apply(inner execute) execute {
	return func(x failsafe.Execution[any]) *common.PolicyResult[any] {
		execution := x.(policy.ExecutionInternal[any])
		if refusal := e.admit(execution); refusal != nil {
			return refusal
		}
		result := &common.PolicyResult[any]{Error: e.sure.unfinished, Done: true}
		defer func() {
			if !safe.Do(func() { e.PostExecute(execution, result) }) {
				safe.Do(func() { e.sure.settle(result.Error) })
			}
		}()
		result = inner(x)
		return result
	}
}

// admit asks the policy whether the handler may run. If the listener of an admission
// panics, the handler still runs; a panic of the listener of a refusal passes through.
func (e sureExecutor) admit(x policy.ExecutionInternal[any]) *common.PolicyResult[any] {
	a := &admission{ExecutionInternal: x}
	defer func() {
		if !a.refused {
			_ = recover()
		}
	}()
	return e.PreExecute(a)
}

// admission is an execution that a policy admits or rejects. It records whether the policy
// checks for a cancellation, which it does only if it rejects the execution.
type admission struct {
	policy.ExecutionInternal[any]
	refused bool
}

func (a *admission) Context() context.Context { return calm{a.ExecutionInternal.Context()} }

func (a *admission) IsCanceledWithResult() (bool, *common.PolicyResult[any]) {
	a.refused = true
	return a.ExecutionInternal.IsCanceledWithResult()
}

// calm is a context whose methods do not panic while a policy waits for it.
type calm struct{ context.Context }

func (c calm) Done() (done <-chan struct{}) {
	safe.Do(func() { done = c.Context.Done() })
	return done
}

func (c calm) Err() error { return safe.ContextErr(c.Context) }
