package cli

import (
	"fmt"

	"brygga/jobs"
)

// progress shows on stderr how a run goes on, on one line that is overwritten;
// on anything but a terminal it shows nothing.
func (a *app) progress() jobs.Progress {
	if a.noProgress || !a.ErrTerminal {
		return jobs.Progress{}
	}
	kinds, rows := 0, 0
	return jobs.Progress{
		Stage: func(name string) { fmt.Fprintf(a.Err, "\r\x1b[K%s ...", name) },
		Pulled: func(k jobs.KindReport) {
			kinds++
			rows += k.Rows
			fmt.Fprintf(a.Err, "\r\x1b[Kreading: %d kinds, %d records", kinds, rows)
		},
		Wrote: func(done, of int) {
			fmt.Fprintf(a.Err, "\r\x1b[Kwriting: %d of %d", done, of)
			if done == of {
				fmt.Fprint(a.Err, "\r\x1b[K")
			}
		},
	}
}
