package cli

import (
	"fmt"
	"io"
	"time"

	"brygga/care"
	"brygga/jobs"
)

// reportView prints what a run did. It is quiet about what went as it should.
func reportView(w io.Writer, r *jobs.Report, verbose bool) {
	problemsView(w, r)
	if r.Guard != nil {
		guardView(w, r.Guard)
		return
	}
	if verbose {
		planView(w, r.Changes, r.Totals, false)
	}
	switch a := r.Applied; {
	case a != nil:
		fmt.Fprintf(w, "%s: %d created, %d updated, %d closed", r.AsOf, a.Created, a.Updated, a.Closed)
		for _, x := range []struct {
			n    int
			word string
		}{
			{a.Existed, "already there"},
			{a.Moved, "changed by others meanwhile and looked at again"},
			{a.Left, "left to the next run"},
			{a.Refused, "refused"},
			{a.Failed, "failed"},
		} {
			if x.n > 0 {
				fmt.Fprintf(w, ", %d %s", x.n, x.word)
			}
		}
		fmt.Fprintf(w, "; %d stand as they are, %d held back.\n", r.Totals.Keep, r.Totals.Hold)
	case r.Mode == "report" && r.Totals.Hold > 0:
		fmt.Fprintf(w, "%s: report only, nothing is written. %d Flags and Tasks would be; see `brygga preview`.\n", r.AsOf, r.Totals.Why[jobs.ReportOnly])
	case len(r.Problems) > 0:
		fmt.Fprintf(w, "%s: nothing was written; %d stand as they are, %d held back.\n", r.AsOf, r.Totals.Keep, r.Totals.Hold)
	default:
		fmt.Fprintf(w, "%s: nothing to write; %d stand as they are, %d held back.\n", r.AsOf, r.Totals.Keep, r.Totals.Hold)
	}
}

func problemsView(w io.Writer, r *jobs.Report) {
	for _, line := range problemLines(r, false) {
		fmt.Fprintf(w, "! %s\n", line)
	}
	unknown := 0
	for _, c := range r.Coverage {
		unknown = c.Unknown // the last line is all units
	}
	if unknown > 0 {
		fmt.Fprintf(w, "! %d clients are therefore unknown: their Flags and Tasks stay as they are, nothing was opened or closed for them.\n", unknown)
	}
	const shown = 5
	for i, q := range r.Quarantine {
		if i == shown {
			fmt.Fprintf(w, "! ... and %d more records that cannot be read (-o json lists them)\n", len(r.Quarantine)-shown)
			break
		}
		fmt.Fprintf(w, "! %s, %s cannot be read: %s\n", q.System, q.Record, q.Why())
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "  %s\n", text)
	}
}

func guardView(w io.Writer, s *jobs.Stop) {
	fmt.Fprintln(w, "Stopped by the guard before the first write:")
	for _, why := range s.Why {
		fmt.Fprintf(w, "  %s\n", why)
	}
	fmt.Fprintf(w, "See what it would be with `brygga preview`. If it is right:\n  brygga run reconcile --accept %s\n", s.Hash)
}

// clock shows an instant in Stockholm, as people there read their watches.
func clock(t time.Time) string { return t.In(care.Stockholm).Format("2006-01-02 15:04") }
