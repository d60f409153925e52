package errtext

import "fmt"

// Errors is errors.Join with a bounded text: if there are many errors, it has only the
// first and the last.
func Errors(errs ...error) error {
	j := &joined{}
	for _, err := range errs {
		if err != nil {
			j.errs = append(j.errs, err)
		}
	}
	if len(j.errs) == 0 {
		return nil
	}
	j.Text = Part("%v", Lines(j.errs))
	return j
}

type joined struct {
	errs []error
	Text
}

func (j *joined) Error() string   { return Write(j.Text) }
func (j *joined) Unwrap() []error { return j.errs }

// Format implements fmt.Formatter.
func (j *joined) Format(s fmt.State, verb rune) { Format(s, verb, j.Text) }
