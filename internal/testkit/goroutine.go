package testkit

// OnGoroutine runs f on a new goroutine and waits for it to end, so f may call
// runtime.Goexit.
func OnGoroutine(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}
