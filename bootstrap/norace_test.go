//go:build !race

package bootstrap_test

// raceDetector tells whether it is on. It allocates and empties pools, so
// allocations are counted without it.
const raceDetector = false
