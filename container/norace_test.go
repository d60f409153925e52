//go:build !race

package container_test

// raceDetector tells whether it is on. It allocates as well, so allocations are
// counted without it.
const raceDetector = false
