package safe

import "context"

// ContextErr returns ctx.Err(). A context whose method panics is not cancelled.
func ContextErr(ctx context.Context) (err error) {
	Do(func() { err = ctx.Err() })
	return err
}

// NeverCancelled reports whether ctx.Done() is nil. A context whose method panics may be
// cancelled.
func NeverCancelled(ctx context.Context) (never bool) {
	Do(func() { never = ctx.Done() == nil })
	return never
}
