package safe

import (
	"iter"
	"slices"
)

// An error that unwraps to itself has no end, so the depth and the number of the errors
// that are visited are limited.
const (
	maxDepth  = 1 << 14
	maxErrors = 1 << 20
)

// Tree returns err and everything that it wraps, in the order in which errors.Is visits
// them: depth first, each error before what it wraps. Nil errors are left out. An
// error whose method Unwrap panics wraps nothing.
func Tree(err error) iter.Seq[error] { return TreeTo(nil, err) }

// TreeTo is like [Tree], but does not visit what an error wraps if isLeaf returns true for
// it.
func TreeTo(isLeaf func(error) bool, err error) iter.Seq[error] {
	return func(yield func(error) bool) {
		err, depth := err, 0
		var later []siblings // innermost last
		for range maxErrors {
			if err != nil {
				if !yield(err) {
					return
				}
				var many []error
				if depth++; depth == maxDepth || isLeaf != nil && isLeaf(err) {
					err = nil
				} else {
					many, err = unwrap(err)
				}
				if len(many) > 0 {
					later = append(later, siblings{many, depth})
				}
			}
			if err == nil {
				if len(later) == 0 {
					return
				}
				last := &later[len(later)-1]
				err, depth = last.errs[0], last.depth
				if last.errs = last.errs[1:]; len(last.errs) == 0 {
					later = later[:len(later)-1]
				}
			}
		}
	}
}

// siblings are the errors that have yet to be visited.
type siblings struct {
	errs  []error
	depth int // how many errors they are wrapped by
}

// Unwrap returns the errors that err wraps directly. Nil errors are left out. It
// returns nil if err wraps nothing, or if its method Unwrap panics.
func Unwrap(err error) []error {
	many, one := unwrap(err)
	if one != nil {
		return []error{one}
	}
	return slices.DeleteFunc(slices.Clone(many), func(err error) bool { return err == nil })
}

func unwrap(err error) (many []error, one error) {
	defer func() { _ = recover() }()
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return nil, e.Unwrap()
	case interface{ Unwrap() []error }:
		return e.Unwrap(), nil
	default:
		return nil, nil
	}
}
