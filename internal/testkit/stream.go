package testkit

import "iter"

// Drain returns the items of a stream up to its end, or up to its first error.
func Drain[T any](stream iter.Seq2[T, error]) (items []T, err error) {
	for item, err := range stream {
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
	return items, nil
}
