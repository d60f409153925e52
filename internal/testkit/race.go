//go:build race

package testkit

// RaceDetector reports whether the race detector is on. It allocates, empties pools and
// takes time, so tests measure memory and time without it.
const RaceDetector = true
