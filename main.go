// Brygga stands between a municipality's care record systems and does one thing
// every night: read, judge, write back what differs. See README.md.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"os/user"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // dates are dates in Stockholm, also on a machine without zone files

	"golang.org/x/term"

	"brygga/cli"
)

// gcPercent is how much may be allocated anew, in a hundred of what is in use, before
// memory is swept. Half of Go's default takes a fifth of the memory away, and costs a
// seventh more of CPU time (bench/README.md), in nights that mostly wait for other
// systems. Whoever sets GOGC decides otherwise.
const gcPercent = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	// net/http writes surplus bytes of a broken answer here; they may be care
	// records. Our own log is another one, and goes to stderr.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal lets what is going on end well; a second one ends the process.
	context.AfterFunc(ctx, stop)
	code := cli.Main(ctx, os.Args[1:], cli.Process{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Now: time.Now, LookupEnv: os.LookupEnv,
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		User: func() string {
			u, err := user.Current()
			if err != nil {
				return ""
			}
			return u.Username
		},
	})
	stop()
	os.Exit(code)
}
