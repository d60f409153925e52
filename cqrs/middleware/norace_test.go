//go:build !race

package middleware_test

// raceDetector tells whether it is on. It allocates and empties pools, so
// allocations are counted without it.
const raceDetector = false
