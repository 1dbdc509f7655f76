package jobs

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"brygga/care"
	"brygga/sandbox"
	"brygga/store"
)

// TestWhatMayHaveLeftIsAskedForBeforeItIsStopped withdraws the consent after the answer
// to the document was lost: the care home has it, and the ledger must not say that
// nothing left.
func TestWhatMayHaveLeftIsAskedForBeforeItIsStopped(t *testing.T) {
	lost := func(b *moveBed) {
		posted := false
		b.home.SetFault(func(r *http.Request) *sandbox.Fault {
			switch {
			case !strings.HasSuffix(r.URL.Path, "/Bundle"):
				return nil
			case posted:
				return &sandbox.Fault{Status: http.StatusInternalServerError}
			case r.Method == http.MethodPost:
				posted = true
				return &sandbox.Fault{Cut: sandbox.CutAfter}
			}
			return nil
		})
	}
	for _, row := range []struct {
		name   string
		change func(b *moveBed)
		state  string
		got    string
	}{
		{"the consent is taken back", func(b *moveBed) { b.consent("mover", "solgarden", 20, "deny", "") }, "revoked", "1 Bundle, 0 Task"},
		{"the consent permits less", func(b *moveBed) { b.consent("mover", "solgarden", 20, "permit", "plan") }, "revoked", "1 Bundle, 0 Task"},
		{"the client's identity is protected", func(b *moveBed) {
			b.edit(moverFHIR, func(m map[string]any) {
				m["meta"] = map[string]any{"security": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}}}
			})
		}, "sent", "1 Bundle, 1 Task"},
		{"the content is another", func(b *moveBed) {
			b.edit("CarePlan/cp-mover", func(m map[string]any) { m["title"] = "En annan plan" })
		}, "sent", "1 Bundle, 1 Task"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t)
			lost(b)
			b.must(b.releases(moverFHIR))
			b.is("sending", moverFHIR, "1 Bundle, 0 Task")
			row.change(b)
			b.hand(ExitPartly) // nobody can tell yet whether it left
			b.ends("sending", moverFHIR, "1 Bundle, 0 Task")
			b.home.SetFault(nil)
			b.later()
			b.hand(ExitDone)
			b.hand(ExitDone)
			b.ends(row.state, moverFHIR, row.got)
			if got := b.actions(moverFHIR); !slices.Contains(got, "handover.delivered") {
				t.Errorf("the audit log does not say that it was delivered: %v", got)
			}
			if n := len(b.server.All("Communication")); n != 1 {
				t.Errorf("the record has %d receipts", n)
			}
		})
	}
}

// TestAConsentThatNarrowsStopsIt: the same sections, and less of their data, right
// before it leaves.
func TestAConsentThatNarrowsStopsIt(t *testing.T) {
	for _, client := range []care.Ref{moverFHIR, moverOutbox} {
		t.Run(string(client), func(t *testing.T) {
			b := newMoveBed(t)
			b.atStep("staged-noted", func() {
				b.edit("Consent/c-"+strings.TrimPrefix(string(client), "Patient/"), func(m map[string]any) {
					m["provision"].(map[string]any)["dataPeriod"] = map[string]any{"start": "2026-11-01"}
				})
			})
			b.must(b.releases(client))
			if got := b.received(); got != "0 Bundle, 0 Task" || len(b.files()) > 0 {
				t.Errorf("it left: %s, %v", got, b.files())
			}
		})
	}
}

// TestAWithdrawalBetweenTwoAttemptsOfOneRun: the care home's server asks to wait, and
// the consent is taken back meanwhile.
func TestAWithdrawalBetweenTwoAttemptsOfOneRun(t *testing.T) {
	b := newMoveBed(t)
	posts := 0
	b.home.SetFault(func(r *http.Request) *sandbox.Fault {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/Bundle") {
			return nil
		}
		if posts++; posts > 1 {
			return nil
		}
		b.consent("mover", "solgarden", 20, "deny", "")
		return &sandbox.Fault{Status: http.StatusServiceUnavailable, RetryAfter: "60"}
	})
	if err := b.releases(moverFHIR); !errors.Is(err, ErrContentMoved) {
		t.Errorf("the release says %v", err)
	}
	b.ends("stopped", moverFHIR, "0 Bundle, 0 Task")
}

// TestTheTaskOfWhatWasRevokedIsCancelled also where the ledger does not know of it.
func TestTheTaskOfWhatWasRevokedIsCancelled(t *testing.T) {
	withdraw := func(b *moveBed) { b.consent("mover", "solgarden", 20, "deny", "") }
	t.Run("where the process died before it noted the Task", func(t *testing.T) {
		b := newMoveBed(t)
		if !b.child(moverFHIR, "announced", nil) {
			t.Fatal("the process was not killed")
		}
		withdraw(b)
		b.hand(ExitDone)
		b.ends("revoked", moverFHIR, "1 Bundle, 1 Task")
		b.task("cancelled")
		if n := len(b.server.All("Communication")); n != 1 {
			t.Errorf("the record has %d receipts", n)
		}
	})
	t.Run("where the record takes no receipt, which is written once it does", func(t *testing.T) {
		b := newMoveBed(t)
		if !b.child(moverFHIR, "announced", nil) {
			t.Fatal("the process was not killed")
		}
		withdraw(b)
		b.server.SetFault(func(r *http.Request) *sandbox.Fault {
			if r.Method == http.MethodPost {
				return &sandbox.Fault{Status: http.StatusForbidden}
			}
			return nil
		})
		b.hand(ExitPartly)
		b.ends("revoked", moverFHIR, "1 Bundle, 1 Task")
		b.task("cancelled")
		b.server.SetFault(nil)
		b.later()
		b.hand(ExitDone)
		b.hand(ExitDone)
		if n := len(b.server.All("Communication")); n != 1 {
			t.Errorf("the record has %d receipts", n)
		}
	})
	t.Run("where the care home did not answer, and nobody moves any more", func(t *testing.T) {
		b := newMoveBed(t)
		b.must(b.releases(moverFHIR))
		for _, id := range []string{"mover", "mover2"} {
			b.edit("ServiceRequest/move-"+id, func(m map[string]any) { m["status"] = "revoked" })
		}
		b.reconcile()
		withdraw(b)
		b.home.SetFault(atType("Task", 500))
		b.hand(ExitPartly)
		b.ends("revoked", moverFHIR, "1 Bundle, 1 Task")
		b.home.SetFault(nil)
		b.later()
		b.hand(ExitDone)
		b.task("cancelled")
	})
	t.Run("and left where staff have finished it, which the log says", func(t *testing.T) {
		b := newMoveBed(t)
		b.must(b.releases(moverFHIR))
		b.staff(func(m map[string]any) { m["status"] = "completed" })
		withdraw(b)
		b.hand(ExitDone)
		b.ends("revoked", moverFHIR, "1 Bundle, 1 Task")
		b.task("completed")
		if got := b.actions(moverFHIR); slices.Contains(got, "handover.cancelled") {
			t.Errorf("the log says that the Task was cancelled: %v", got)
		}
	})
}

// TestWhatIsNoWithdrawalCancelsNothing: the care home is told that consent was taken
// back when it was, and not else.
func TestWhatIsNoWithdrawalCancelsNothing(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(b *moveBed)
		exit   int
	}{
		{"its period is over", func(b *moveBed) {
			b.edit("Consent/c-mover", func(m map[string]any) {
				m["provision"].(map[string]any)["period"] = map[string]any{"end": "2026-11-22"}
			})
		}, ExitDone},
		{"a consent of the client's cannot be read", func(b *moveBed) {
			b.edit("Consent/c-mover", func(m map[string]any) { m["implicitRules"] = "http://example.se/rules" })
		}, ExitPartly},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t)
			b.must(b.releases(moverFHIR))
			row.change(b)
			b.nextDay()
			b.nextDay()
			b.nextDay()
			b.hand(row.exit)
			b.ends("sent", moverFHIR, "1 Bundle, 1 Task")
			b.task("requested")
		})
	}
}

// entries gives what the log says of a client's handovers.
func (b *moveBed) entries(client care.Ref) (out []store.AuditEntry) {
	b.Helper()
	me := b.job.Job.Store.AuditClient(client)
	b.must(b.job.Job.Store.EachAudit(b.ctx(), func(a store.Audited) error {
		var e store.AuditEntry
		if err := json.Unmarshal(a.Canonical, &e); err != nil {
			return err
		}
		if slices.Contains(e.Clients, me) && strings.HasPrefix(e.Action, "handover.") {
			out = append(out, e)
		}
		return nil
	}))
	return out
}

// TestAnEntrySaysWhatAnAuditorAsks: the content, the ground, and that nobody knows who
// gave it.
func TestAnEntrySaysWhatAnAuditorAsks(t *testing.T) {
	b := newMoveBed(t)
	b.edit("Consent/c-mover", func(m map[string]any) { delete(m, "performer") })
	b.must(b.releases(moverFHIR))
	b.consent("mover", "solgarden", 20, "deny", "")
	b.hand(ExitDone)
	lines, err := Handovers(b.ctx(), b.job.Job.Store, moverFHIR)
	b.must(err)
	hash := ""
	for _, l := range lines {
		hash += l.Hash
	}
	seen := map[string]bool{}
	for _, e := range b.entries(moverFHIR) {
		seen[e.Action] = true
		switch e.Action {
		case "handover.released", "handover.sending", "handover.delivered", "handover.sent":
			if hash == "" || e.Content != hash {
				t.Errorf("%s names the content %q, and it is %q", e.Action, e.Content, hash)
			}
			if !strings.HasPrefix(e.Basis, "Consent/c-mover/_history/2") {
				t.Errorf("%s rests on %q", e.Action, e.Basis)
			}
			if !strings.Contains(e.Outcome, "does not say who gave") {
				t.Errorf("%s does not say that the giver is not recorded: %q", e.Action, e.Outcome)
			}
		case "handover.refused", "handover.revoked":
			if !strings.HasPrefix(e.Basis, "Consent/c-mover/_history/3") {
				t.Errorf("%s rests on %q, and not on what took it back", e.Action, e.Basis)
			}
		}
	}
	if !seen["handover.delivered"] || !seen["handover.revoked"] || !seen["handover.refused"] {
		t.Errorf("the log has %v", seen)
	}
}

// TestNoEntryIsMissingAfterACrash kills the process right after it has noted something
// in the ledger: the log has it too.
func TestNoEntryIsMissingAfterACrash(t *testing.T) {
	for step, action := range map[string]string{"delivered-noted": "handover.delivered", "sent": "handover.sent"} {
		t.Run(action, func(t *testing.T) {
			b := newMoveBed(t)
			if !b.child(moverFHIR, step, nil) {
				t.Fatal("the process was not killed")
			}
			b.hand(ExitDone)
			if got := b.actions(moverFHIR); !slices.Contains(got, action) {
				t.Errorf("the log has %v", got)
			}
		})
	}
}

// TestAClientWhoHasDiedIsNotHandedOver also where the last night does not know of it.
func TestAClientWhoHasDiedIsNotHandedOver(t *testing.T) {
	b := newMoveBed(t)
	seen := b.preview(moverFHIR)
	b.edit(moverFHIR, func(m map[string]any) { m["deceasedBoolean"] = true })
	if _, err := b.job.ReleaseHandover(b.ctx(), seen, Asker{By: "Kim Chef"}); !errors.Is(err, ErrContentMoved) {
		t.Errorf("the release says %v", err)
	}
	b.ends("stopped", moverFHIR, "0 Bundle, 0 Task")
}

// TestACareHomeThatCannotBeToldGetsNothing: its organization cannot be read, so that
// nobody can tell which consents name it.
func TestACareHomeThatCannotBeToldGetsNothing(t *testing.T) {
	b := newMoveBed(t)
	seen := b.preview(moverFHIR)
	b.edit("Organization/solgarden", func(m map[string]any) { m["identifier"] = "none" })
	_, err := b.job.ReleaseHandover(b.ctx(), seen, Asker{By: "Kim Chef"})
	if got := b.received(); got != "0 Bundle, 0 Task" {
		t.Errorf("it left: %s (%v)", got, err)
	}
}

// TestNothingIsSentBeforeItsTime holds writes.from and writes.units to handovers too.
func TestNothingIsSentBeforeItsTime(t *testing.T) {
	automatic := "jobs: {handover: {release: automatic}}"
	t.Run("before writes.from", func(t *testing.T) {
		b := newMoveBed(t, "writes: {mode: write, from: 2027-01-11}", automatic)
		b.hand(ExitDone)
		b.is("prepared", moverFHIR, "0 Bundle, 0 Task")
		if err := b.releases(moverFHIR); !errors.Is(err, ErrNothingToRelease) {
			t.Errorf("a release says %v", err)
		}
	})
	t.Run("by itself for a unit that is not in writes.units", func(t *testing.T) {
		b := newMoveBed(t, "writes: {mode: write, units: [solgarden]}", automatic)
		b.hand(ExitDone)
		b.is("prepared", moverFHIR, "0 Bundle, 0 Task")
		b.must(b.releases(moverFHIR)) // a person may
		b.is("sent", moverFHIR, "1 Bundle, 1 Task")
	})
	t.Run("by itself once it is released by hand again", func(t *testing.T) {
		b := newMoveBed(t, automatic)
		b.home.SetFault(atType("Bundle", 500))
		b.hand(ExitPartly)
		b.home.SetFault(nil)
		b.later()
		b.settings("jobs: {handover: {release: by-hand}}")
		b.hand(ExitDone)
		b.ends("prepared", moverFHIR, "0 Bundle, 0 Task")
	})
}

// TestAFileThatRetentionRemovesWasNotFetched: nobody took it, and nobody says so.
func TestAFileThatRetentionRemovesWasNotFetched(t *testing.T) {
	b := newMoveBed(t)
	b.must(b.releases(moverOutbox))
	for _, f := range b.files() {
		old := b.now().AddDate(-1, 0, 0)
		b.must(os.Chtimes(filepath.Join(b.outbox, f), old, old))
	}
	_, err := b.job.Retain(b.ctx(), RetentionOptions{})
	b.must(err)
	if got := b.files(); len(got) > 0 {
		t.Fatalf("it was not removed: %v", got)
	}
	b.hand(ExitDone)
	if got := b.state(moverOutbox); got != "sent" {
		t.Errorf("the state is %s", got)
	}
}

// TestTheLogSaysWhatAnOutboxCanTell: a file was taken, and nobody has a Task.
func TestTheLogSaysWhatAnOutboxCanTell(t *testing.T) {
	b := newMoveBed(t)
	b.must(b.releases(moverOutbox))
	b.fetch()
	b.hand(ExitDone)
	all := b.entries(moverOutbox)
	if got := all[len(all)-1]; got.Action != "handover.answered" || strings.Contains(got.Outcome, "Task") {
		t.Errorf("the log says %s: %s", got.Action, got.Outcome)
	}
	if got := all[0]; got.Action != "handover.read" || got.Resource != "record, for a handover to bjorken" {
		t.Errorf("the log says %s of %s", got.Action, got.Resource)
	}
}

// TestARunThatWasAsleepLeavesItToTheOther: its lease ran out, another run sent the
// handover, and the consent was taken back; what the other has noted stays.
func TestARunThatWasAsleepLeavesItToTheOther(t *testing.T) {
	b := newMoveBed(t)
	b.atStep("staged-noted", func() {
		rows, err := b.job.Job.Store.Handovers(b.ctx())
		b.must(err)
		for _, row := range rows {
			row.State, row.Document, row.Revoked = care.HandoverRevoked, "Bundle/1", b.now()
			b.must(b.job.Job.Store.PutHandover(b.ctx(), row))
		}
		b.consent("mover", "solgarden", 20, "deny", "")
	})
	b.must(b.releases(moverFHIR))
	b.is("revoked", moverFHIR, "0 Bundle, 0 Task")
}
