package rules

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"brygga/care"
)

// ledger adds what brygga's own ledger says of a handover for the service "move".
func (w *world) ledger(id string, state care.HandoverState, since string) *world {
	ref := care.Ref("handover/" + id)
	return w.add(string(ref), care.Facts{Handovers: []care.Handover{{
		Ref: ref, Service: "ServiceRequest/move", State: state, Since: d(since),
	}}})
}

func TestHandoverUnanswered(t *testing.T) {
	const who = " contact Practitioner/s1 handover/h1"
	sent := func(since string) *world { return moves("2026-11-25").ledger("h1", care.HandoverSent, since) }
	table(t, "handover.unanswered", []row{
		{"nothing was ever handed over", moves("2026-11-25"), "2026-11-21", nil, nil},
		{"sent two days ago, it is not due yet", sent("2026-11-19"), "2026-11-21", nil, nil},
		{"sent three days ago, it is due today", sent("2026-11-18"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who}},
		{"sent four days ago, it is overdue", sent("2026-11-17"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who}},
		{"with a warning of a day it is due soon after two", sent("2026-11-19"), "2026-11-21", map[string]string{"handover.unanswered.warn": "1"}, []string{"due-soon 2026-11-22" + who}},
		{"a municipality may wait for a week", sent("2026-11-17"), "2026-11-21", map[string]string{"handover.unanswered.days": "7"}, nil},
		{"or ask on the day after it was sent", sent("2026-11-20"), "2026-11-21", map[string]string{"handover.unanswered.days": "0"}, []string{"overdue 2026-11-20" + who}},
		{"sent tomorrow it is not known", sent("2026-11-22"), "2026-11-21", map[string]string{"handover.unanswered.warn": "9"}, nil},
		{"sent on a day that is not known, no clock runs", sent(""), "2026-11-21", nil, nil},
		{"it is answered", moves("2026-11-25").ledger("h1", care.HandoverAnswered, "2026-11-01"), "2026-11-21", nil, nil},
		{"it is rejected, which is an answer", moves("2026-11-25").ledger("h1", care.HandoverRejected, "2026-11-01"), "2026-11-21", nil, nil},
		{"it was taken back", moves("2026-11-25").ledger("h1", care.HandoverRevoked, "2026-11-01"), "2026-11-21", nil, nil},
		{"it is being sent, which is for the job to finish", moves("2026-11-25").ledger("h1", care.HandoverSending, "2026-11-01"), "2026-11-21", nil, nil},
		{"the recipient has it without its Task, which is for the job to finish", moves("2026-11-25").ledger("h1", care.HandoverDelivered, "2026-11-01"), "2026-11-21", nil, nil},
		{"two that are sent are two findings", sent("2026-11-17").ledger("h2", care.HandoverSent, "2026-11-16"), "2026-11-21", nil, []string{"overdue 2026-11-19 contact Practitioner/s1 handover/h2", "overdue 2026-11-20" + who}},
		{"one was answered, and the next one was not", sent("2026-11-17").ledger("h2", care.HandoverAnswered, "2026-11-16"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who}},
		{"one who has moved is asked too, and the coordinator acts", moved("2026-11-15").ledger("h1", care.HandoverSent, "2026-11-17"), "2026-11-21", nil, []string{"overdue 2026-11-20 coordinator - handover/h1"}},
		{"long after the move it is still unanswered", moves("2026-05-25").ledger("h1", care.HandoverSent, "2026-05-20"), "2026-11-21", nil, []string{"overdue 2026-05-23" + who}},
		{"the service is not registered any more, and what was sent was", settled().ledger("h1", care.HandoverSent, "2026-11-17"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who}},
		{"nobody is asked of the dead", dead(sent("2026-11-17")), "2026-11-21", nil, nil},
		{"nobody is asked of a client of whom something cannot be read", unread(sent("2026-11-17")), "2026-11-21", nil, nil},
		{"a municipality may turn it off", sent("2026-11-17"), "2026-11-21", map[string]string{"handover.unanswered.enabled": "false"}, nil},
	})
}

func TestHandoverWaiting(t *testing.T) {
	const who = " unit-manager - handover/h1"
	prepared := func(since string) *world { return moves("2026-11-25").ledger("h1", care.HandoverPrepared, since) }
	table(t, "handover.waiting", []row{
		{"nothing was prepared", moves("2026-11-25"), "2026-11-21", nil, nil},
		{"prepared yesterday, it is not due yet", prepared("2026-11-20"), "2026-11-21", nil, nil},
		{"prepared two days ago, it is due today", prepared("2026-11-19"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who}},
		{"prepared three days ago, it is overdue", prepared("2026-11-18"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who}},
		{"a municipality may wait for a week", prepared("2026-11-18"), "2026-11-21", map[string]string{"handover.waiting.days": "7"}, nil},
		{"prepared tomorrow it is not known", prepared("2026-11-22"), "2026-11-21", map[string]string{"handover.waiting.warn": "9"}, nil},
		{"prepared on a day that is not known, no clock runs", prepared(""), "2026-11-21", nil, nil},
		{"it was released", moves("2026-11-25").ledger("h1", care.HandoverReleased, "2026-11-01"), "2026-11-21", nil, nil},
		{"it was sent", moves("2026-11-25").ledger("h1", care.HandoverSent, "2026-11-01"), "2026-11-21", nil, nil},
		{"it was stopped", moves("2026-11-25").ledger("h1", care.HandoverStopped, "2026-11-01"), "2026-11-21", nil, nil},
		{"the manager acts also where nobody is appointed", moved("2026-11-15").ledger("h1", care.HandoverPrepared, "2026-11-18"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who}},
		{"nobody is asked of the dead", dead(prepared("2026-11-18")), "2026-11-21", nil, nil},
		{"nobody is asked of a client of whom something cannot be read", unread(prepared("2026-11-18")), "2026-11-21", nil, nil},
	})
}

// The two that are about a move: what the ledger says once for a service, and who acts.
func TestHandoversThatBryggaDoesNotMake(t *testing.T) {
	for rule, c := range map[string]struct {
		state, other care.HandoverState
		who, nobody  string
	}{
		"handover.recipient-unknown": {
			care.HandoverRecipientUnknown, care.HandoverByHand,
			"open - contact Practitioner/s1 ServiceRequest/move", "open - coordinator - ServiceRequest/move",
		},
		"handover.by-hand": {
			care.HandoverByHand, care.HandoverRecipientUnknown,
			"open - unit-manager - ServiceRequest/move", "open - unit-manager - ServiceRequest/move",
		},
	} {
		on := func(start string) *world { return moves(start).ledger("h1", c.state, "2026-11-20") }
		table(t, rule, []row{
			{"there is no move", settled(), "2026-11-21", nil, nil},
			{"the ledger says nothing", moves("2026-11-25"), "2026-11-21", nil, nil},
			{"it is open from the day on which it was found", on("2026-11-25"), "2026-11-20", nil, []string{c.who}},
			{"on the day before it is not known", on("2026-11-25"), "2026-11-19", nil, nil},
			{"found on a day that is not known, it is open", moves("2026-11-25").ledger("h1", c.state, ""), "2026-11-21", nil, []string{c.who}},
			{"it stays open after the move, as long as the ledger says so", on("2026-11-25"), "2027-03-01", nil, []string{c.who}},
			{"one who has moved is asked too", moved("2026-11-15").ledger("h1", c.state, "2026-11-10"), "2026-11-21", nil, []string{c.nobody}},
			{"said twice of one service it is one finding", on("2026-11-25").ledger("h2", c.state, "2026-11-19"), "2026-11-21", nil, []string{c.who}},
			{"of two services it is two", of("ServiceRequest/again", lastServiceTwice().ledger("h1", c.state, "2026-11-20").ledger("h2", c.state, "2026-11-20")), "2026-11-21", nil, []string{strings.Replace(c.who, "/move", "/again", 1), c.who}},
			{"the move is not registered any more", settled().ledger("h1", c.state, "2026-11-20"), "2026-11-21", nil, nil},
			{"the move is decided tomorrow", lastService(on("2026-11-25"), func(s *care.Service) { s.Decided = d("2026-11-22") }), "2026-11-21", nil, nil},
			{"the other of the two states is another rule", moves("2026-11-25").ledger("h1", c.other, "2026-11-20"), "2026-11-21", nil, nil},
			{"it was prepared after all", moves("2026-11-25").ledger("h1", care.HandoverPrepared, "2026-11-20"), "2026-11-21", nil, nil},
			{"it was stopped, since the move is off", moves("2026-11-25").ledger("h1", care.HandoverStopped, "2026-11-20"), "2026-11-21", nil, nil},
			{"nobody is asked of the dead", dead(on("2026-11-25")), "2026-11-21", nil, nil},
			{"nobody is asked of a client of whom something cannot be read", unread(on("2026-11-25")), "2026-11-21", nil, nil},
			{"a municipality may turn it off", on("2026-11-25"), "2026-11-21", map[string]string{rule + ".enabled": "false"}, nil},
		})
	}
}

// of makes the last handover one for another service.
func of(service care.Ref, w *world) *world {
	w.Records[len(w.Records)-1].Handovers[0].Service = service
	return w
}

// A Task points at the service, which is a record of the system; the ledger's own
// name for a handover is none that a server could resolve, and is never a FHIR type.
func TestAHandoverRestsOnTheServiceAndTheLedger(t *testing.T) {
	w := moves("2026-11-25").ledger("h1", care.HandoverSent, "2026-11-10").ledger("h2", care.HandoverPrepared, "2026-11-10").
		ledger("h3", care.HandoverRecipientUnknown, "2026-11-10").ledger("h4", care.HandoverByHand, "2026-11-10")
	f := only(w.judge(t, mustParams(t, "national", nil), "2026-11-21").Findings, "handover.")
	if len(f) != 4 {
		t.Fatalf("got\n%s", lines(f))
	}
	for _, f := range f {
		if f.Focus != "ServiceRequest/move" || len(f.Evidence) != 2 || !strings.HasPrefix(string(f.Evidence[1]), "handover/h") || f.Writes != WriteTask || f.Unit != "Organization/u1" {
			t.Errorf("got %+v", f)
		}
		if !strings.Contains(f.Text.SV, "Journalen") || !strings.Contains(f.Text.EN, "Journalen") {
			t.Errorf("%s does not say where: %s", f.Rule, f.Text.SV)
		}
	}
	gone := settled().ledger("h1", care.HandoverSent, "2026-11-10").judge(t, mustParams(t, "national", nil), "2026-11-21")
	if f := only(gone.Findings, "handover."); len(f) != 1 || f[0].Focus != "handover/h1" || f[0].Focus[0] < 'a' {
		t.Errorf("got %+v", f)
	}
}

// The sentences for a protected client do not say that the client is protected: a Task
// is read by more people than may know it.
func TestNoSentenceOfAHandoverSaysWhy(t *testing.T) {
	for _, r := range Catalogue() {
		if r.Family != "handover" {
			continue
		}
		for _, s := range append(r.Sentences(), r.Title, r.Ground.Text) {
			for _, word := range []string{"skydd", "sekretess", "protected", "secre"} {
				if strings.Contains(strings.ToLower(s.SV+s.EN), word) {
					t.Errorf("%s: %s", r.Code, s.SV)
				}
			}
		}
		if !strings.Contains(r.Ground.Text.SV, "Vårt förval") && !strings.Contains(r.Ground.Text.SV, "vårt förval") || slices.Contains(r.Ground.Kinds, Law) {
			t.Errorf("%s does not say what is our default: %s", r.Code, r.Ground.Text.SV)
		}
	}
}

func TestHandoversAreOffWithoutTheLedger(t *testing.T) {
	p := mustParams(t, "national", nil).WithTrace()
	for _, c := range []struct {
		lack care.FactSet
		why  string
	}{
		{care.OwnFacts, "no-handovers"},
		{care.SetOf(care.KindService), "not-provided"},
		{care.OwnFacts | care.SetOf(care.KindService), "not-provided"},
	} {
		w := moves("2026-11-25").ledger("h1", care.HandoverSent, "2026-11-10").ledger("h2", care.HandoverByHand, "2026-11-10")
		w.Provides &^= c.lack
		j := w.judge(t, p, "2026-11-21")
		if f := only(j.Findings, "handover."); len(f) > 0 {
			t.Errorf("without %v: %s", c.lack.Kinds(), lines(f))
		}
		for _, tr := range j.Traces {
			if strings.HasPrefix(tr.Rule, "handover.") && (tr.Outcome != NotAsked || tr.Why != c.why || (tr.Lacks != 0) != (c.why == "not-provided")) {
				t.Errorf("without %v: %+v", c.lack.Kinds(), tr)
			}
		}
	}
}

func TestTracesOfHandoversSayWhichConditionDecided(t *testing.T) {
	p := mustParams(t, "national", nil).WithTrace()
	for _, r := range []struct {
		name  string
		world *world
		rule  string
		why   string
		facts int
	}{
		{"nothing in the ledger", moves("2026-11-25"), "handover.unanswered", "no-handover", 0},
		{"in the ledger from tomorrow on", moves("2026-11-25").ledger("h1", care.HandoverSent, "2026-11-22"), "handover.unanswered", "no-handover", 0},
		{"sent yesterday", moves("2026-11-25").ledger("h1", care.HandoverSent, "2026-11-20"), "handover.unanswered", "not-yet", 2},
		{"sent some day", moves("2026-11-25").ledger("h1", care.HandoverSent, ""), "handover.unanswered", "no-clock", 2},
		{"prepared long ago", moves("2026-11-25").ledger("h1", care.HandoverPrepared, "2026-11-01"), "handover.waiting", "fired", 2},
		{"the move is gone", settled().ledger("h1", care.HandoverByHand, "2026-11-01"), "handover.by-hand", "move-gone", 1},
	} {
		t.Run(r.name, func(t *testing.T) {
			for _, tr := range r.world.judge(t, p, "2026-11-21").Traces {
				if tr.Rule == r.rule && (tr.Why != r.why || len(tr.Facts) != r.facts) {
					t.Errorf("got %+v", tr)
				}
			}
		})
	}
}

// Whatever a ledger says, a handover is the matter of at most one rule, what came
// later than the day changes nothing, and what is over asks for nothing.
func TestALedgerAsksForOneThingPerHandover(t *testing.T) {
	p := mustParams(t, "hemvard", allOn())
	over := []care.HandoverState{care.HandoverAnswered, care.HandoverRejected, care.HandoverStopped, care.HandoverRevoked}
	rapid.Check(t, func(rt *rapid.T) {
		asOf := drawDate(rt)
		w, before := moves("2026-11-25"), moves("2026-11-25")
		states := map[care.Ref]care.HandoverState{}
		for i := range rapid.IntRange(0, 4).Draw(rt, "handovers") {
			id := string(rune('a' + i))
			state := care.HandoverState(rapid.IntRange(1, int(care.HandoverRevoked)).Draw(rt, "state"))
			since := d(asOf) + care.Date(rapid.IntRange(-20, 5).Draw(rt, "since"))
			w.ledger(id, state, since.String())
			if since <= d(asOf) {
				before.ledger(id, state, since.String())
				states[care.Ref("handover/"+id)] = state
			}
		}
		found := only(w.judge(t, p, asOf).Findings, "handover.")
		if got := lines(only(before.judge(t, p, asOf).Findings, "handover.")); got != lines(found) {
			rt.Fatalf("with what came later:\n%swithout:\n%s", lines(found), got)
		}
		seen := map[care.Ref]bool{}
		for _, f := range found {
			of := f.Evidence[len(f.Evidence)-1]
			if state, known := states[of]; seen[of] || !known || slices.Contains(over, state) {
				rt.Fatalf("%s rests on %s, which is %s", line(f), of, state)
			}
			seen[of] = true
		}
	})
}
