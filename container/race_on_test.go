//go:build race

package container_test

const raceDetector = true
