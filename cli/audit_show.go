package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/jobs"
	"brygga/store"
)

// shownLog is what `audit show` says, for programs: what the log holds of one client, the
// receipts that the ledger of handovers holds, and whether the log is as it was written.
type shownLog struct {
	Client    care.Ref            `json:"client"`
	Log       *verifiedLog        `json:"log"`
	Entries   []shownEntry        `json:"entries"`
	Handovers []jobs.HandoverLine `json:"handovers,omitempty"`
}

// shownEntry is an entry as it stands, and its hash, by which it is found in an export.
type shownEntry struct {
	Entry json.RawMessage `json:"entry"`
	Hash  string          `json:"hash"`

	is store.AuditEntry
}

// errFromHere ends the reading where the log cannot be believed any more.
var errFromHere = errors.New("the log is broken from here")

func (a *app) auditShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show CLIENT",
		Short: "Why was something of a client read, written or handed over: who, when, on which consent, what became of it",
		Long: "What the log holds of one client, oldest first, with the receipts of handovers, and whether the whole log is as\n" +
			"brygga wrote it (exit code 1 if not). CLIENT is a reference (Patient/17): the log itself holds keyed hashes only.\n" +
			"-o json prints one object, whose entries can be found by their hashes in `brygga audit export`.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := clientArg(args[0])
			if err != nil {
				return err
			}
			return a.auditShow(cmd.Context(), client)
		},
	}
}

func (a *app) auditShow(ctx context.Context, client care.Ref) error {
	s := &shownLog{Client: client, Entries: []shownEntry{}}
	err := a.auditLog(ctx, func(t *store.Tenant, key []byte) (err error) {
		if s.Log, err = verified(ctx, t, key, nil); err != nil {
			return err
		}
		if s.Handovers, err = jobs.Handovers(ctx, t, client); err != nil {
			return err
		}
		me, broken := t.AuditClient(client), s.Log.Broken
		begun, err := jobs.BegunFor(ctx, t, me)
		if err != nil {
			return err
		}
		err = t.EachAudit(ctx, func(e store.Audited) error {
			one := shownEntry{Entry: e.Canonical, Hash: e.Hash}
			if err := json.Unmarshal(e.Canonical, &one.is); err != nil {
				return fmt.Errorf("an entry of the audit log cannot be read: %w", err)
			}
			switch {
			case broken != nil && one.is.N >= broken.Entry:
				return errFromHere
			case slices.Contains(one.is.Clients, me), begun[one.is.N]:
				s.Entries = append(s.Entries, one)
			}
			return nil
		})
		if broken != nil {
			return nil // what comes before is shown, and what is broken cannot be read on
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.json() {
		err = a.printJSON(s)
	} else {
		err = a.shownView(s)
	}
	if err == nil && s.Log.Broken != nil {
		return code(jobs.ExitFailed)
	}
	return err
}

func (a *app) shownView(s *shownLog) error {
	w := bufio.NewWriter(a.Out)
	if len(s.Entries) == 0 && s.Log.Broken == nil {
		fmt.Fprintf(w, "The log holds nothing of %s: nothing of that client was read by name, written or handed over.\n", s.Client)
	}
	for i := range s.Entries {
		a.shownEntryView(w, &s.Entries[i].is)
	}
	for i := range s.Handovers {
		l := &s.Handovers[i]
		if r := receiptWords(*l); r != "" {
			fmt.Fprintf(w, "Receipt of handover %s to %s: %s; it is %s since %s.\n", l.ID, l.CareHome, r, l.State, clock(jobs.Since(l.Handover)))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	a.verifiedView(s.Log)
	return nil
}

// shownEntryView shows an entry: when, what and who on the first line, and below it what
// it was about, what it rests on, and what came of it.
func (a *app) shownEntryView(w io.Writer, e *store.AuditEntry) {
	fmt.Fprintf(w, "%s  %s  by %s (%s)\n", clock(e.At), a.paint(bold, e.Action), askedBy(e), e.Job)
	about := e.Resource
	if len(e.Sections) > 0 {
		about += ": " + sectionWords(e.Sections)
	}
	outcome := e.Outcome
	switch {
	case e.Outcome == store.AuditBegun:
		outcome = "not known yet: a run is at it, or died over it, and the next one says it"
	case e.Found != "":
		outcome += ", as the run " + e.Found + " found in the record system, since the run that wrote could not say it"
	}
	for _, line := range []struct{ label, text string }{
		{"of", about}, {"rests on", e.Basis}, {"content", e.Content}, {"outcome", outcome},
	} {
		if line.text != "" {
			fmt.Fprintf(w, "  %-9s %s\n", line.label, line.text)
		}
	}
}

// askedBy is who asked, and as which user of the machine where that is another name.
func askedBy(e *store.AuditEntry) string {
	if e.User == "" || strings.EqualFold(e.User, e.By) {
		return e.By
	}
	return e.By + ", as " + e.User
}
