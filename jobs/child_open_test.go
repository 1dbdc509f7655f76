package jobs

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"brygga/config"
)

// openedByChild opens a configuration in a process that a test has started: with a
// clock that goes on from the nanoseconds of now, and no waiting between attempts.
func openedByChild(t *testing.T, path, now string, atStep func(string)) *Opened {
	t.Helper()
	cfg, problems := config.Load(path, os.LookupEnv)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	start, err := strconv.ParseInt(now, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var clock atomic.Int64
	clock.Store(start)
	o, err := Open(t.Context(), cfg, Deps{
		Now:    func() time.Time { return time.Unix(0, clock.Add(int64(time.Millisecond))).UTC() },
		Sleep:  func(context.Context, time.Duration) error { return nil },
		AtStep: atStep,
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}
