package safe

// Do calls f, which calls the application's code, such as a logger, and reports
// whether it returned. A panic ends f and goes no further; runtime.Goexit passes
// through.
func Do(f func()) (returned bool) {
	defer func() { _ = recover() }()
	f()
	return true
}

// Guard calls f, which calls the application's code. If f panics, Guard returns the error that
// unwound makes of the value. If f ends its goroutine by runtime.Goexit, it calls unwound with
// nil, and nobody receives the error.
func Guard(f func() error, unwound func(value any) error) (err error) {
	returned := false
	defer func() {
		if !returned {
			err = unwound(recover())
		}
	}()
	err = f()
	returned = true
	return err
}
