package jobs

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/sandbox"
)

func TestAHandoverIsPreparedReleasedSentAndFollowed(t *testing.T) {
	b := newMoveBed(t)
	b.hand(ExitDone)
	b.is("prepared", moverFHIR, "0 Bundle, 0 Task")
	b.must(b.releases(moverFHIR))
	b.is("sent", moverFHIR, "1 Bundle, 1 Task")
	if n := len(b.server.All("Communication")); n != 1 {
		t.Fatalf("%d receipts in the sender's record", n)
	}
	b.hand(ExitDone)
	b.is("sent", moverFHIR, "1 Bundle, 1 Task")
	b.staff(func(m map[string]any) { m["status"] = "accepted" })
	b.hand(ExitDone)
	b.is("answered", moverFHIR, "1 Bundle, 1 Task")
	b.must(b.releases(moverFHIR))
	b.is("answered", moverFHIR, "1 Bundle, 1 Task")
}

func TestAHandoverToAnOutbox(t *testing.T) {
	b := newMoveBed(t)
	b.must(b.releases(moverOutbox)) // without being prepared by the job
	if got := b.files(); len(got) != 1 {
		t.Fatalf("in the outbox: %v", got)
	}
	b.hand(ExitDone)
	if got := b.state(moverOutbox); got != "sent" {
		t.Errorf("while nobody has fetched it: %s", got)
	}
	b.fetch()
	b.hand(ExitDone)
	if got := b.state(moverOutbox); got != "answered" {
		t.Errorf("when it was fetched: %s", got)
	}
	b.must(b.releases(moverOutbox))
	if got := b.files(); len(got) != 0 {
		t.Errorf("it was sent again: %v", got)
	}
}

func TestARejectionIsShownWithItsReason(t *testing.T) {
	b := newMoveBed(t)
	b.must(b.releases(moverFHIR))
	b.staff(func(m map[string]any) {
		m["status"], m["statusReason"] = "rejected", map[string]any{"text": "fel boende"}
	})
	b.hand(ExitDone)
	lines, err := Handovers(b.ctx(), b.job.Job.Store, moverFHIR)
	if err != nil || len(lines) != 1 || lines[0].State != care.HandoverRejected || lines[0].Reason != "fel boende" {
		t.Fatalf("%+v, %v", lines, err)
	}
}

func TestOnlyPermittedSectionsAreFetched(t *testing.T) {
	for _, row := range []struct {
		name, denied string
		never        []string
	}{
		{"all that is offered, and no more", "", []string{"RelatedPerson", "DocumentReference", "DetectedIssue", "Encounter", "Communication"}},
		{"not the plan", "plan sip", []string{"CarePlan implementation", "CarePlan sip", "Procedure", "DocumentReference"}},
		{"not the risks", "risks", []string{"RiskAssessment", "CarePlan action"}},
		{"not the contact", "contact", []string{"CareTeam"}},
		{"only services", "contact plan risks sip journal relatives deviations", []string{"CareTeam", "CarePlan", "RiskAssessment", "Procedure"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t)
			b.consent("mover", "solgarden", 2, "permit", row.denied)
			b.forget()
			b.must(b.releases(moverFHIR))
			asked := b.asked()
			for _, typ := range row.never {
				if asked[typ] {
					t.Errorf("%s was asked for: %v", typ, asked)
				}
			}
			if !asked["ServiceRequest"] || b.received() != "1 Bundle, 1 Task" {
				t.Errorf("what is permitted was not handed over: %v, %s", asked, b.received())
			}
			for _, raw := range b.home.All("Bundle") {
				for _, typ := range row.never {
					if strings.Contains(string(raw), `"resourceType":"`+typ+`"`) || strings.Contains(string(raw), typ+"/") {
						t.Errorf("the document holds or names a %s", typ)
					}
				}
			}
		})
	}
}

// TestAWithdrawalStopsIt takes the consent back at each point between preparing and
// the end: what has not left does not leave, and what has left is not told of any more.
func TestAWithdrawalStopsIt(t *testing.T) {
	withdraw := func(b *moveBed) { b.consent("mover", "solgarden", 20, "deny", "") }
	for _, row := range []struct {
		name  string
		step  string // at which it is withdrawn
		state string
		got   string
	}{
		{"once it is decided, and before it is read", "decided", "stopped", "0 Bundle, 0 Task"},
		{"between composing and sending", "composed", "stopped", "0 Bundle, 0 Task"},
		{"once it is written ahead", "written-ahead", "stopped", "0 Bundle, 0 Task"},
		{"once it is staged", "staged", "stopped", "0 Bundle, 0 Task"},
		{"right before the last decision", "staged-noted", "stopped", "0 Bundle, 0 Task"},
		{"once it has left, and before its Task", "delivered", "revoked", "1 Bundle, 0 Task"},
		{"after its Task", "announced", "sent", "1 Bundle, 1 Task"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t)
			b.hand(ExitDone)
			b.atStep(row.step, func() { withdraw(b) })
			err := b.releases(moverFHIR)
			if stopped := row.state == "stopped"; stopped != errors.Is(err, ErrContentMoved) {
				t.Errorf("the release says %v", err)
			}
			b.is(row.state, moverFHIR, row.got)
			b.hand(ExitDone)
			if row.state == "sent" {
				row.state = "revoked"
				b.task("cancelled")
			}
			b.ends(row.state, moverFHIR, row.got)
			// What has left stands in the client's record, also where it was taken back.
			if receipts, left := len(b.server.All("Communication")), len(b.home.All("Bundle")); receipts != left {
				t.Errorf("%d documents have left, and the record has %d receipts", left, receipts)
			}
		})
	}
	t.Run("between preparing and releasing", func(t *testing.T) {
		b := newMoveBed(t)
		b.hand(ExitDone)
		withdraw(b)
		if _, err := b.job.ReleaseHandover(b.ctx(), b.preview(moverFHIR), Asker{By: "Kim Chef"}); !errors.Is(err, ErrNothingToRelease) {
			t.Errorf("the release says %v", err)
		}
		b.hand(ExitDone)
		b.ends("stopped", moverFHIR, "0 Bundle, 0 Task")
	})
	t.Run("between what a person has seen and the release", func(t *testing.T) {
		b := newMoveBed(t)
		seen := b.preview(moverFHIR)
		withdraw(b)
		if _, err := b.job.ReleaseHandover(b.ctx(), seen, Asker{By: "Kim Chef"}); !errors.Is(err, ErrContentMoved) {
			t.Errorf("the release says %v", err)
		}
		b.ends("stopped", moverFHIR, "0 Bundle, 0 Task")
	})
	t.Run("between two attempts", func(t *testing.T) {
		b := newMoveBed(t)
		b.home.SetFault(sandbox.OnType("Bundle", sandbox.Fault{Status: http.StatusInternalServerError}))
		b.must(b.releases(moverFHIR))
		b.hand(ExitPartly)
		withdraw(b)
		b.home.SetFault(nil)
		b.later()
		b.hand(ExitDone)
		b.ends("stopped", moverFHIR, "0 Bundle, 0 Task")
	})
	t.Run("while consents could not be read", func(t *testing.T) {
		b := newMoveBed(t)
		seen := b.preview(moverFHIR)
		b.server.SetFault(sandbox.OnType("Consent", sandbox.Fault{Status: http.StatusUnauthorized}))
		_, err := b.job.ReleaseHandover(b.ctx(), seen, Asker{By: "Kim Chef"})
		b.must(err)
		b.is("released", moverFHIR, "0 Bundle, 0 Task")
		b.hand(ExitPartly)
		b.is("released", moverFHIR, "0 Bundle, 0 Task")
		withdraw(b)
		b.server.SetFault(nil)
		b.later()
		b.hand(ExitDone)
		b.ends("stopped", moverFHIR, "0 Bundle, 0 Task")
	})
	t.Run("of what is staged for an outbox", func(t *testing.T) {
		b := newMoveBed(t)
		b.atStep("staged-noted", func() { b.consent("mover2", "bjorken", 20, "deny", "") })
		if err := b.releases(moverOutbox); !errors.Is(err, ErrContentMoved) {
			t.Errorf("the release says %v", err)
		}
		if left := b.leftovers(); len(left) > 0 {
			t.Errorf("left in the outbox: %v", left)
		}
		b.hand(ExitDone)
		if got := b.state(moverOutbox); !strings.HasSuffix(got, "stopped") {
			t.Errorf("%s", got)
		}
	})
}

func TestWhatWasSentIsNotSentAgain(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(b *moveBed)
		state  string
	}{
		{"when nothing has changed", func(*moveBed) {}, "sent"},
		{"when the consent was edited and permits the same", func(b *moveBed) { b.consent("mover", "solgarden", 5, "permit", "") }, "sent"},
		{"when the consent permits more that is not offered", func(b *moveBed) { b.consent("mover", "solgarden", 5, "permit", "relatives") }, "sent"},
		{"when the plan has changed since: that is for a person to send", func(b *moveBed) {
			b.edit("CarePlan/cp-mover", func(m map[string]any) { m["title"] = "En annan plan" })
		}, "sent"},
		{"when the consent permits less: it is revoked", func(b *moveBed) { b.consent("mover", "solgarden", 5, "permit", "plan") }, "revoked"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t, "jobs: {handover: {release: automatic}}")
			b.hand(ExitDone)
			b.is("sent", moverFHIR, "1 Bundle, 1 Task")
			b.later()
			row.change(b)
			b.hand(ExitDone)
			b.hand(ExitDone)
			b.ends(row.state, moverFHIR, "1 Bundle, 1 Task")
		})
	}
	t.Run("but what a later consent adds is prepared", func(t *testing.T) {
		b := newMoveBed(t)
		b.consent("mover", "solgarden", 2, "permit", "plan")
		b.must(b.releases(moverFHIR))
		b.consent("mover", "solgarden", 5, "permit", "")
		b.hand(ExitDone)
		b.ends("prepared", moverFHIR, "1 Bundle, 1 Task")
		b.must(b.releases(moverFHIR))
		b.ends("sent", moverFHIR, "2 Bundle, 2 Task")
	})
}

func TestWhatIsNotPrepared(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(b *moveBed)
		state  string
		rule   string
		exit   int
	}{
		{"a client with a protected identity", func(b *moveBed) {
			b.edit(moverFHIR, func(m map[string]any) {
				m["meta"] = map[string]any{"security": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}}}
			})
		}, "by-hand", "handover.by-hand", ExitDone},
		{"a care home that is not configured", func(b *moveBed) {
			b.edit("Organization/solgarden", func(m map[string]any) { delete(m, "identifier") })
		}, "recipient-unknown", "handover.recipient-unknown", ExitDone},
		{"a consent that denies everything", func(b *moveBed) { b.consent("mover", "solgarden", 5, "deny", "") }, "stopped", "transfer.refused", ExitDone},
		{"a consent that cannot be read", func(b *moveBed) {
			b.edit("Consent/c-mover", func(m map[string]any) { m["implicitRules"] = "http://example.se/rules" })
		}, "stopped", "", ExitDone},
		{"any client, where a consent does not say whose it is", func(b *moveBed) {
			b.put(`{"resourceType":"Consent","id":"nobody","status":"active","implicitRules":"http://example.se/rules","scope":{"coding":[{"code":"x"}]},"category":[{"coding":[{"code":"x"}]}]}`)
		}, "", "", ExitPartly},
		{"a client who has died", func(b *moveBed) {
			b.edit(moverFHIR, func(m map[string]any) { m["deceasedBoolean"] = true })
		}, "", "", ExitDone},
		{"a move that is far away", func(b *moveBed) {
			b.edit("ServiceRequest/move-mover", func(m map[string]any) { m["occurrencePeriod"] = map[string]any{"start": "2027-02-01"} })
		}, "", "", ExitDone},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t)
			row.change(b)
			if rep := b.reconcile(); rep.Exit != ExitDone && row.exit == ExitDone && row.state != "stopped" {
				t.Fatalf("%+v", rep.Problems)
			}
			b.hand(row.exit)
			b.is(row.state, moverFHIR, "0 Bundle, 0 Task")
			b.reconcile()
			if row.rule != "" && !slices.ContainsFunc(b.tasks(), func(line string) bool {
				return strings.Contains(line, row.rule+" "+moverFHIR) && !strings.HasPrefix(line, "completed")
			}) {
				t.Errorf("no Flag or Task of %s: %v", row.rule, b.tasks())
			}
		})
	}
}

func TestTheFamilyHandover(t *testing.T) {
	b := newMoveBed(t)
	b.hand(ExitDone)
	for day, want := range []string{"", "", "handover.waiting", "handover.waiting"} {
		if day > 0 {
			b.nextDay()
		}
		b.reconcile()
		if got := b.open("handover."); got != want {
			t.Errorf("day %d of waiting: %q, want %q", day, got, want)
		}
	}
	b.must(b.releases(moverFHIR))
	for day, want := range []string{"", "", "", "handover.unanswered", "handover.unanswered"} {
		if day > 0 {
			b.nextDay()
		}
		b.hand(ExitDone)
		b.reconcile()
		if got := b.open("handover."); got != want {
			t.Errorf("day %d without an answer: %q, want %q", day, got, want)
		}
	}
	b.staff(func(m map[string]any) { m["status"] = "completed" })
	b.hand(ExitDone)
	b.reconcile()
	if got := b.open("handover."); got != "" {
		t.Errorf("when it is answered: %q", got)
	}
}

// TestEverythingIsInTheAuditLog follows one handover through the log.
func TestEverythingIsInTheAuditLog(t *testing.T) {
	b := newMoveBed(t)
	b.hand(ExitDone)
	b.must(b.releases(moverFHIR))
	b.consent("mover", "solgarden", 20, "deny", "")
	b.hand(ExitDone)
	got := b.actions(moverFHIR)
	want := []string{
		"handover.read", "handover.prepared", // by the job
		"handover.read", "handover.released", "handover.read", "handover.sending", "handover.delivered",
		"handover.receipt", "handover.sent", // the receipt is a write into the client's record
		"handover.refused", "handover.revoked", "handover.cancelled",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestNothingIsSentWhileOnlyReporting(t *testing.T) {
	b := newMoveBed(t, "writes: {mode: report}", "jobs: {handover: {release: automatic}}")
	b.hand(ExitDone)
	b.is("prepared", moverFHIR, "0 Bundle, 0 Task")
	if err := b.releases(moverFHIR); !errors.Is(err, ErrNothingToRelease) {
		t.Errorf("a release says %v", err)
	}
	b.is("prepared", moverFHIR, "0 Bundle, 0 Task")
}

func TestARecipientThatFails(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault func(*http.Request) *sandbox.Fault
	}{
		{"answers 500", atType("Bundle", 500)},
		{"answers 503", atType("Bundle", 503)},
		{"answers 401", atType("Bundle", 401)},
		{"answers 403", atType("Bundle", 403)},
		{"answers 413", atType("Bundle", 413)},
		{"answers 412", atType("Bundle", 412)},
		{"answers 500 to the Task", atType("Task", 500)},
		{"answers 403 to the Task", atType("Task", 403)},
		{"loses the answer", sandbox.OnType("Bundle", sandbox.Fault{Cut: sandbox.CutAfter})},
		{"loses the answer to the Task", sandbox.OnType("Task", sandbox.Fault{Cut: sandbox.CutAfter})},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t, "jobs: {handover: {release: automatic}}")
			b.home.SetFault(row.fault)
			b.hand(ExitPartly)
			b.hand(ExitPartly)
			b.home.SetFault(nil)
			b.later()
			b.hand(ExitDone)
			b.is("sent", moverFHIR, "1 Bundle, 1 Task")
			if n := len(b.server.All("Communication")); n != 2 { // the other client's too
				t.Errorf("%d receipts", n)
			}
		})
	}
}

// later lets a circuit that opened close again.
func (b *moveBed) later() { b.clock.Add(int64(5 * time.Minute)) }
