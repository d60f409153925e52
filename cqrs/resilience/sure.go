package resilience

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// A sure policy comes to its end also if the handler panics or ends the
// goroutine, or a listener panics. As failsafe-go has it, a place in a bulkhead or
// a trial of a half-open breaker is lost for ever then.
type sure struct {
	failsafe.Policy[any]
	unfinished error       // the outcome of a handler that does not return
	settle     func(error) // ends what a listener has kept the policy from ending
}

func (s sure) ToExecutor(any) any {
	return sureExecutor{s.Policy.ToExecutor(nil).(policy.Executor[any]), s}
}

type sureExecutor struct {
	policy.Executor[any]
	sure sure
}

// Apply does not recover a panic of the handler, so that it keeps its stack.
func (e sureExecutor) Apply(inner func(failsafe.Execution[any]) *common.PolicyResult[any]) func(failsafe.Execution[any]) *common.PolicyResult[any] {
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

// admit asks the policy. A panic of a listener that hears of an admission does not
// take it back; one that hears of a refusal passes on.
func (e sureExecutor) admit(x policy.ExecutionInternal[any]) *common.PolicyResult[any] {
	a := &admission{ExecutionInternal: x}
	defer func() {
		if !a.refused {
			_ = recover()
		}
	}()
	return e.PreExecute(a)
}

// An admission is an execution that a policy decides about. It notes that the
// policy looks for a cancellation, which it does when it has not admitted it.
type admission struct {
	policy.ExecutionInternal[any]
	refused bool
}

func (a *admission) Context() context.Context { return calm{a.ExecutionInternal.Context()} }

func (a *admission) IsCanceledWithResult() (bool, *common.PolicyResult[any]) {
	a.refused = true
	return a.ExecutionInternal.IsCanceledWithResult()
}

// calm is a context whose methods do not panic while a policy waits.
type calm struct{ context.Context }

func (c calm) Done() (done <-chan struct{}) {
	safe.Do(func() { done = c.Context.Done() })
	return done
}

func (c calm) Err() error { return contextError(c.Context) }

// contextError returns the error of a context of the application, whose methods may
// panic. It is nil if they do.
func contextError(ctx context.Context) (err error) {
	safe.Do(func() { err = ctx.Err() })
	return err
}
