package safe

// Do calls f, which calls the application's code, such as a logger, and reports
// whether it returned. A panic ends f and goes no further; runtime.Goexit passes
// through.
func Do(f func()) (returned bool) {
	defer func() { _ = recover() }()
	f()
	return true
}
