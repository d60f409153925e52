package safe

import (
	"iter"
	"slices"
)

// maxErrors is how many errors of a tree are visited. An error that unwraps to
// itself has no end.
const maxErrors = 1 << 20

// Tree returns err and all that it wraps, in the order in which errors.Is visits
// them: depth first, each error before what it wraps. Nil errors are left out. An
// error whose method Unwrap panics wraps nothing.
func Tree(err error) iter.Seq[error] {
	return func(yield func(error) bool) {
		err := err
		var rest [][]error // siblings still to be visited, innermost last
		for range maxErrors {
			var many []error
			if err != nil {
				if !yield(err) {
					return
				}
				err, many = unwrap(err)
			}
			if len(many) > 0 {
				rest = append(rest, many)
			}
			for err == nil && len(rest) > 0 {
				last := len(rest) - 1
				err = rest[last][0]
				if rest[last] = rest[last][1:]; len(rest[last]) == 0 {
					rest = rest[:last]
				}
			}
			if err == nil {
				return
			}
		}
	}
}

// Unwrap returns the errors that err wraps directly. Nil errors are left out. It
// returns nil if err wraps nothing, or if its method Unwrap panics.
func Unwrap(err error) []error {
	one, many := unwrap(err)
	if one != nil {
		return []error{one}
	}
	return slices.DeleteFunc(slices.Clone(many), func(err error) bool { return err == nil })
}

func unwrap(err error) (one error, many []error) {
	defer func() { _ = recover() }()
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return e.Unwrap(), nil
	case interface{ Unwrap() []error }:
		return nil, e.Unwrap()
	default:
		return nil, nil
	}
}
