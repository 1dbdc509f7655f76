//go:build race

package interop

// raceDetector: the tests run under the race detector. Then the product is built
// with it too, unless the tests are to be short; a race that it sees ends a run
// with an exit code that is none of its own.
const raceDetector = true
